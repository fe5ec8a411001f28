import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import { RotorError, type Code } from '../../rotation/errors.js';
import type { Fingerprint, Secret } from '../../rotation/secret.js';
import { each } from '../aws/each.js';
import { refusing } from '../aws/faults.js';
import { POLL_MS, type AwsTargetDeps } from '../aws/fields.js';
import { inTurn } from '../aws/in-turn.js';
import { together } from '../aws/together.js';
import type { Finding, Known, Observation, Target } from '../target.js';
import { LambdaApi } from './api.js';
import type { LambdaTargetConfig } from './config.js';
import { FunctionDelivery } from './delivery.js';
import {
  aliasRefusal,
  checkExtension,
  functionRefusal,
  isUnconcerned,
  longRunning,
  unreachedAliases,
} from './preflight.js';
import { seenIn } from './seen.js';

/**
 * Functions whose extension reads the secret once, at a cold start: a delivery changes a variable of each, so that AWS
 * gives it new execution environments; by an alias, in a new version. Every step can be seen on the function itself,
 * so that a death costs nothing: the next delivery goes on where this one was.
 */
export function createLambdaTarget(config: LambdaTargetConfig, deps: AwsTargetDeps): Target {
  return new LambdaTarget(config, deps);
}

type Chosen = { readonly name: string; readonly configuration: FunctionConfiguration };
type Choice = { readonly chosen: readonly Chosen[]; readonly passedOver: readonly string[] };

class LambdaTarget implements Target {
  readonly #api: LambdaApi;

  constructor(
    private readonly config: LambdaTargetConfig,
    private readonly deps: AwsTargetDeps,
  ) {
    this.#api = new LambdaApi(config, deps);
  }

  async preflight(signal: AbortSignal, known?: Known): Promise<readonly Finding[]> {
    return refusing(async () => {
      const { chosen, passedOver } = await this.#choose('target_refused', signal);
      const findings = await each(chosen, async (one) => this.#check(one, known, signal));
      const rest = passedOver.map(
        (name) =>
          `Target ${this.config.name}: function ${name} has nothing to do with the token, and is passed over.`,
      );
      return [...findings.flat(), ...rest];
    });
  }

  async deliver(token: Secret, signal: AbortSignal): Promise<void> {
    const { chosen } = await this.#choose('target_failed', signal);
    const { name: target, alias } = this.config;
    const { pollMs = POLL_MS, run } = this.deps;
    const mark = { fingerprint: token.fingerprint, ...(run !== undefined && { by: run }) };
    const parts = chosen.map(({ name }) => ({ name: `function ${name}`, item: name }));
    const drive = async (name: string): Promise<void> =>
      new FunctionDelivery({ api: this.#api, target, alias, pollMs }, name).drive(mark, signal);
    await inTurn(target, parts, drive, signal);
  }

  async observe(expected: Fingerprint, signal: AbortSignal): Promise<Observation> {
    const { chosen } = await this.#choose('target_failed', signal);
    return together(await each(chosen, async (one) => this.#see(one, expected, signal)));
  }

  async #see(
    { name, configuration: latest }: Chosen,
    expected: Fingerprint,
    signal: AbortSignal,
  ): Promise<Observation> {
    const { alias: wanted } = this.config;
    if (wanted === undefined) return seenIn(name, { invoked: latest, latest }, expected);
    const alias = await this.#api.alias(name, wanted, signal);
    const invoked = alias && (await this.#api.configuration(name, alias.FunctionVersion, signal));
    if (!invoked) throw this.#error('target_failed', `function ${name} has no alias ${wanted}`);
    const provisioned = await this.#api.provisioned(name, wanted, signal);
    return seenIn(name, { invoked, latest, alias, ...(provisioned && { provisioned }) }, expected);
  }

  async #check(
    { name, configuration }: Chosen,
    known: Known | undefined,
    signal: AbortSignal,
  ): Promise<readonly Finding[]> {
    const where = `Target ${this.config.name}: function ${name}`;
    const refusal =
      functionRefusal(configuration, this.deps.secret) ??
      (await this.#aliasRefusal(name, configuration, signal));
    if (refusal) throw this.#error('target_refused', `function ${name} ${refusal.because}`, refusal.hint);
    const others =
      this.config.alias === undefined ? unreachedAliases(await this.#api.aliases(name, signal)) : [];
    const { refusals, findings } = checkExtension(configuration, { where, ...known });
    if (refusals.length > 0) throw new RotorError('target_refused', refusals.join(' '));
    return [
      ...findings,
      ...[...longRunning(configuration), ...others].map((finding) => `${where}: ${finding}`),
    ];
  }

  async #aliasRefusal(name: string, latest: FunctionConfiguration, signal: AbortSignal) {
    const { alias: wanted } = this.config;
    if (wanted === undefined) return undefined;
    const alias = await this.#api.alias(name, wanted, signal);
    const version = alias && (await this.#api.configuration(name, alias.FunctionVersion, signal));
    if (version) return aliasRefusal(alias, latest, version);
    return { because: `has no alias ${wanted}`, hint: 'Create it, or name another one.' };
  }

  async #choose(code: Code, signal: AbortSignal): Promise<Choice> {
    const exact = this.config.functions.filter((one) => !one.includes('*'));
    const patterns = this.config.functions.filter((one) => one.includes('*')).map(patternOf);
    const named = patterns.length === 0 ? [] : await this.#api.names(signal);
    const matching = named.filter(
      (name) => patterns.some((pattern) => pattern.test(name)) && !exact.includes(name),
    );
    const all = await each([...exact, ...matching], async (name) => this.#read(name, code, signal));
    const isOurs = ({ name, configuration }: Chosen): boolean =>
      exact.includes(name) || !isUnconcerned(configuration);
    const chosen = all.filter(isOurs);
    if (chosen.length === 0) {
      const what = `no function with the variables of the APM extension is named ${this.config.functions.join(' or ')}`;
      throw this.#error(code, what, 'Check the names, the region and the account.');
    }
    return { chosen, passedOver: all.filter((one) => !isOurs(one)).map(({ name }) => name) };
  }

  async #read(name: string, code: Code, signal: AbortSignal): Promise<Chosen> {
    const configuration = await this.#api.configuration(name, undefined, signal);
    if (configuration) return { name, configuration };
    throw this.#error(code, `AWS does not find function ${name}`, 'Check its name, region and account.');
  }

  #error(code: Code, what: string, hint?: string): RotorError {
    const message = `Target ${this.config.name}: ${what}.`;
    return new RotorError(code, message, { retryable: false, ...(hint !== undefined && { hint }) });
  }
}

/** The names of functions have no character that a pattern would read otherwise. */
function patternOf(text: string): RegExp {
  return new RegExp(`^${text.replaceAll('*', '.*')}$`);
}
