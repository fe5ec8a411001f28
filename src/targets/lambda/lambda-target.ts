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
import { choiceOf, wantedBy, type Choice } from './choice.js';
import type { LambdaTargetConfig } from './config.js';
import { FunctionDelivery } from './delivery.js';
import { Functions } from './functions.js';
import { NOTHING_LISTED, type Listed } from './listing.js';
import { isMarked } from './mark.js';
import {
  aliasesUnseen,
  aliasRefusal,
  checkExtension,
  functionRefusal,
  isWeighted,
  longRunning,
  unreachedAliases,
} from './preflight.js';
import { CONVERGED, seenIn } from './seen.js';

/**
 * Functions whose extension reads the secret once, at a cold start: a delivery changes a variable of each, so that AWS
 * gives it new execution environments; by an alias, in a new version. Every step can be seen on the function itself,
 * so that a death costs nothing: the next delivery goes on where this one was.
 */
export function createLambdaTarget(config: LambdaTargetConfig, deps: AwsTargetDeps): Target {
  return new LambdaTarget(config, deps);
}

type Chosen = { readonly name: string; readonly configuration: FunctionConfiguration };

class LambdaTarget implements Target {
  readonly #api: LambdaApi;
  readonly #functions: Functions;

  constructor(
    private readonly config: LambdaTargetConfig,
    private readonly deps: AwsTargetDeps,
  ) {
    this.#api = new LambdaApi(config, deps);
    this.#functions = new Functions(this.#api);
  }

  async preflight(signal: AbortSignal, known?: Known): Promise<readonly Finding[]> {
    return refusing(async () => {
      const { names, passedOver, listed } = await this.#choose('target_refused', 'all', signal);
      const chosen = await this.#latest(names, listed, 'target_refused', signal);
      // Outside of a run somebody waits for the answer.
      const isHasty = listed.isMany && this.deps.run === undefined;
      const isWhole = this.config.alias === undefined && !isHasty;
      const findings = await each(chosen, async (one) => this.#check(one, { isWhole, known }, signal));
      const rest = passedOver.map(
        (name) =>
          `Target ${this.config.name}: function ${name} has nothing to do with the token, and is passed over.`,
      );
      const unseen = isHasty && this.config.alias === undefined ? [aliasesUnseen(this.config.name)] : [];
      return [...findings.flat(), ...unseen, ...rest];
    });
  }

  async deliver(token: Secret, signal: AbortSignal): Promise<void> {
    const { names } = await this.#choose('target_failed', 'patterns', signal);
    const { name: target, alias } = this.config;
    const { pollMs = POLL_MS, run } = this.deps;
    const mark = { fingerprint: token.fingerprint, ...(run !== undefined && { by: run }) };
    const parts = names.map((name) => ({ name: `function ${name}`, item: name }));
    const drive = async (name: string): Promise<void> =>
      new FunctionDelivery({ api: this.#api, target, alias, pollMs }, name).drive(mark, signal);
    await inTurn(target, parts, drive, signal);
  }

  async observe(expected: Fingerprint, signal: AbortSignal): Promise<Observation> {
    const { alias } = this.config;
    const { names, listed } = await this.#choose(
      'target_failed',
      alias === undefined ? 'all' : 'patterns',
      signal,
    );
    if (alias !== undefined)
      return together(await each(names, async (name) => this.#seeByAlias({ name, alias }, expected, signal)));
    const chosen = await this.#latest(names, listed, 'target_failed', signal);
    return together(
      chosen.map(({ name, configuration }) =>
        seenIn(name, { invoked: configuration, latest: configuration }, expected),
      ),
    );
  }

  /** One call where the alias is as it was when it was seen converged. */
  async #seeByAlias(
    { name, alias: wanted }: { readonly name: string; readonly alias: string },
    expected: Fingerprint,
    signal: AbortSignal,
  ): Promise<Observation> {
    const alias = await this.#api.alias(name, wanted, signal);
    const { rest } = this.#functions;
    if (alias && !isWeighted(alias) && rest.isAsBefore(alias, expected)) return CONVERGED;
    const invoked = alias && (await this.#api.configuration(name, alias.FunctionVersion, signal));
    if (!invoked) {
      await this.#read(name, 'target_failed', signal);
      throw this.#error('target_failed', `function ${name} has no alias ${wanted}`);
    }
    const isForToken = isMarked(invoked, { fingerprint: expected });
    const latest = isForToken ? invoked : (await this.#read(name, 'target_failed', signal)).configuration;
    const provisioned = await this.#api.provisioned(name, wanted, signal);
    const seen = seenIn(name, { invoked, latest, alias, ...(provisioned && { provisioned }) }, expected);
    if (seen.state === 'converged') rest.rememberAlias(alias, expected);
    return seen;
  }

  /** `isWhole`: with the aliases by which others invoke it, which takes a call. */
  async #check(
    { name, configuration }: Chosen,
    { isWhole, known }: { readonly isWhole: boolean; readonly known: Known | undefined },
    signal: AbortSignal,
  ): Promise<readonly Finding[]> {
    const where = `Target ${this.config.name}: function ${name}`;
    const refusal =
      functionRefusal(configuration, this.deps.secret) ??
      (await this.#aliasRefusal({ name, configuration }, signal));
    if (refusal) throw this.#error('target_refused', `function ${name} ${refusal.because}`, refusal.hint);
    const others = isWhole ? unreachedAliases(await this.#api.aliases(name, signal)) : [];
    const { refusals, findings } = checkExtension(configuration, { where, ...known });
    if (refusals.length > 0) throw new RotorError('target_refused', refusals.join(' '));
    return [
      ...findings,
      ...[...longRunning(configuration), ...others].map((finding) => `${where}: ${finding}`),
    ];
  }

  async #aliasRefusal({ name, configuration: latest }: Chosen, signal: AbortSignal) {
    const { alias: wanted } = this.config;
    if (wanted === undefined) return undefined;
    const alias = await this.#api.alias(name, wanted, signal);
    const version = alias && (await this.#api.configuration(name, alias.FunctionVersion, signal));
    if (version) return aliasRefusal(alias, latest, version);
    return { because: `has no alias ${wanted}`, hint: 'Create it, or name another one.' };
  }

  /** `patterns`: what is named need not be listed. */
  async #choose(code: Code, list: 'all' | 'patterns', signal: AbortSignal): Promise<Choice> {
    const { functions } = this.config;
    const wanted = wantedBy(functions);
    const isListed = list === 'all' || wanted.matches !== undefined;
    const listed = isListed ? await this.#functions.listed(wanted, signal) : NOTHING_LISTED;
    const choice = choiceOf(wanted, listed);
    if (choice.names.length > 0) return choice;
    const what = `no function with the variables of the APM extension is named ${functions.join(' or ')}`;
    throw this.#error(code, what, 'Check the names, the region and the account.');
  }

  async #latest(
    names: readonly string[],
    listed: Listed,
    code: Code,
    signal: AbortSignal,
  ): Promise<readonly Chosen[]> {
    const found = await this.#functions.latest(names, listed, signal);
    return names.map((name, index) => this.#present(name, found[index], code));
  }

  async #read(name: string, code: Code, signal: AbortSignal): Promise<Chosen> {
    return this.#present(name, await this.#api.configuration(name, undefined, signal), code);
  }

  #present(name: string, configuration: FunctionConfiguration | undefined, code: Code): Chosen {
    if (configuration) return { name, configuration };
    throw this.#error(code, `AWS does not find function ${name}`, 'Check its name, region and account.');
  }

  #error(code: Code, what: string, hint?: string): RotorError {
    const message = `Target ${this.config.name}: ${what}.`;
    return new RotorError(code, message, { retryable: false, ...(hint !== undefined && { hint }) });
  }
}
