import type { Command, CommandInvocation } from '@aws-sdk/client-ssm';
import { setTimeout as delay } from 'node:timers/promises';
import { RotorError, type Code } from '../../rotation/errors.js';
import type { Fingerprint, Secret } from '../../rotation/secret.js';
import { refusing } from '../aws/faults.js';
import { POLL_MS, type AwsTargetDeps } from '../aws/fields.js';
import type { Finding, Observation, Target } from '../target.js';
import { requestedAt, SsmApi } from './api.js';
import type { SsmTargetConfig } from './config.js';
import { outcomeOf, type Outcome } from './outcome.js';
import { documentRefusal, nodeFindings, nodeRefusal } from './preflight.js';
import { printedBy, type Printed } from './printed.js';
import { DeliverySearch } from './search.js';
import { checkOf, commentOf, deliveryOf } from './script.js';

/** In which no delivery is missed, however many commands an account runs. */
const SURE_MS = 3_600_000;
/** A process that has died in a delivery is followed by another one within it. */
const JUST_NOW_MS = 10 * 60_000;
/** Where nobody waits for a delivery, hosts are asked no more often. */
const QUIET_CHECK_MS = 30 * 60_000;
const WAIT_MS = 20_000;
/** Outside of a run: somebody may wait for the answer, for 15 seconds. */
const QUICK_WAIT_MS = 8_000;
/** A command is listed a moment after it was sent. */
const LISTED_WITHIN = 10;

/**
 * Hosts that are told to read the secret anew, by a command. AWS has no token by which it would know one that it has
 * already: before one is sent, it is looked for by its comment. A death right after it was sent, before AWS lists it,
 * costs a second one.
 *
 * Without a `check`, what can be seen is that the command ended well, never what a host runs with: `assumed`.
 */
export function createSsmTarget(config: SsmTargetConfig, deps: AwsTargetDeps): Target {
  return new SsmTarget(config, deps);
}

class SsmTarget implements Target {
  readonly #api: SsmApi;
  readonly #deliveries: DeliverySearch;

  constructor(
    private readonly config: SsmTargetConfig,
    private readonly deps: AwsTargetDeps,
  ) {
    this.#api = new SsmApi(config, deps);
    const { document, commandTimeoutMs } = config;
    this.#deliveries = new DeliverySearch({
      api: this.#api,
      document,
      comment: commentOf('deliver', config, deps.rotation),
      now: deps.now,
      // To be reached, and to run it.
      sureMs: Math.max(SURE_MS, 2 * commandTimeoutMs),
    });
  }

  async preflight(signal: AbortSignal): Promise<readonly Finding[]> {
    return refusing(async () => {
      const { document } = this.config;
      const described = await this.#api.document(document, signal);
      const nodes = await this.#api.nodes(signal);
      const refusal = documentRefusal(document, described) ?? nodeRefusal(document, nodes);
      if (refusal) throw this.#error('target_refused', refusal.because, refusal.hint);
      return nodeFindings(this.config, nodes).map((finding) => `Target ${this.config.name}: ${finding}`);
    });
  }

  async deliver(token: Secret, signal: AbortSignal): Promise<void> {
    const { fingerprint } = token;
    const last = await this.#deliveries.newest('of_late', signal);
    if (last && last !== 'too_many' && this.#isOurs(last, fingerprint) && (await this.#stands(last, signal)))
      return;
    const sent = await this.#api.send(deliveryOf(this.config, this.deps, fingerprint), signal);
    this.#deliveries.sent(sent);
    await this.#listed(sent, signal);
  }

  async observe(expected: Fingerprint, signal: AbortSignal): Promise<Observation> {
    const found = await this.#deliveries.newest('at_all', signal);
    const { check } = this.config;
    if (found === 'too_many' && !check) throw this.#lost();
    const last = found === 'too_many' ? undefined : found;
    const outcome = last && (await this.#outcome(last, signal));
    if (last && outcome && isFor(last, expected)) {
      const { of } = outcome;
      if (outcome.is === 'under_way')
        return { state: 'pending', seen: 0, of, other: 0, detail: outcome.detail };
      if (outcome.is === 'failed')
        return { state: 'failed', seen: 0, of, other: outcome.other, detail: outcome.why };
    }
    if (check) return this.#check({ ...this.config, check }, expected, last, signal);
    const isOfAnother = last !== undefined && !isFor(last, expected);
    if (!isOfAnother) return { state: 'assumed' };
    return { state: 'pending', seen: 0, of: outcome?.of ?? 0, unseen: true };
  }

  async #check(
    config: SsmTargetConfig & { readonly check: readonly string[] },
    expected: Fingerprint,
    delivery: Command | undefined,
    signal: AbortSignal,
  ): Promise<Observation> {
    const sent = checkOf(config, this.deps);
    const everyMs =
      this.deps.run === undefined ? Math.max(QUIET_CHECK_MS, config.checkEveryMs) : config.checkEveryMs;
    const after = Math.max(this.deps.now() - everyMs, requestedAt(delivery));
    const span = { document: sent.DocumentName, after, before: undefined, mostPages: Infinity };
    const known = await this.#api.newest(span, ({ Comment }) => Comment === sent.Comment, signal);
    const isFresh = known !== undefined && known !== 'too_many' && requestedAt(known) > after;
    const command = isFresh ? known : await this.#api.send(sent, signal);
    const [invocations, of] = await this.#ended(command, signal);
    const printed = invocations.map((one) => printedBy(one, expected));
    if (printed.includes('leaked')) {
      const why = 'its check prints the token itself, and AWS keeps what is printed for 30 days';
      throw this.#error('target_failed', why, 'Print its fingerprint, and rotate the token.');
    }
    return seenIn(
      printed.filter((one) => one !== 'leaked'),
      expected,
      of,
    );
  }

  /** What has come of it after a while: a host that is down holds up no look. */
  async #ended(
    command: Command,
    signal: AbortSignal,
  ): Promise<readonly [readonly CommandInvocation[], number]> {
    const { waitMs = this.deps.run === undefined ? QUICK_WAIT_MS : WAIT_MS } = this.deps;
    const until = this.deps.now() + waitMs;
    for (;;) {
      const invocations = await this.#api.invocations(command.CommandId ?? '', signal);
      const of = Math.max(command.TargetCount ?? 0, invocations.length);
      const going = invocations.filter(({ Status = '' }) =>
        ['Pending', 'InProgress', 'Delayed'].includes(Status),
      );
      // AWS lists them a moment later, and knows by then how many hosts the tags mean.
      if ((invocations.length > 0 && going.length === 0) || this.deps.now() >= until)
        return [invocations, of];
      await this.#pause(signal);
    }
  }

  /** A token may have come back after another one: what another run has sent is no proof. */
  #isOurs(command: Command, fingerprint: Fingerprint): boolean {
    const { run } = this.deps;
    return isFor(command, fingerprint) && (run === undefined || command.Comment?.split(' ')[4] === run);
  }

  #lost(): RotorError {
    const what = `the last delivery is not among the newest 2,000 commands of document ${this.config.document}`;
    return this.#error('target_failed', what, 'Give the target a document of its own, or a check.');
  }

  /** Still on its way, or done just now: what was done long ago says nothing of hosts that came later. */
  async #stands(command: Command, signal: AbortSignal): Promise<boolean> {
    const { is } = await this.#outcome(command, signal);
    const age = this.deps.now() - requestedAt(command);
    return is === 'under_way' || (is === 'done' && age < JUST_NOW_MS);
  }

  async #outcome(command: Command, signal: AbortSignal): Promise<Outcome> {
    return outcomeOf(command, await this.#api.invocations(command.CommandId ?? '', signal));
  }

  async #listed({ CommandId = '' }: Command, signal: AbortSignal): Promise<void> {
    for (let look = 0; look < LISTED_WITHIN; look += 1) {
      if (await this.#api.command(CommandId, signal)) return;
      await this.#pause(signal);
    }
  }

  async #pause(signal: AbortSignal): Promise<void> {
    await delay(this.deps.pollMs ?? POLL_MS, undefined, { signal }).catch(() => {
      throw new RotorError('target_failed', `Target ${this.config.name}: the work was stopped.`);
    });
  }

  #error(code: Code, what: string, hint?: string): RotorError {
    const message = `Target ${this.config.name}: ${what}.`;
    return new RotorError(code, message, { retryable: false, ...(hint !== undefined && { hint }) });
  }
}

function isFor({ Comment = '' }: Command, fingerprint: Fingerprint): boolean {
  return Comment.split(' ')[3] === fingerprint;
}

/** A host that says nothing counts as one process that is behind. */
function seenIn(printed: readonly Printed[], expected: Fingerprint, hosts: number): Observation {
  const silent = Math.max(0, hosts - printed.length);
  const of = printed.reduce((sum, { running }) => sum + Math.max(1, running.length), silent);
  const seen = printed.reduce(
    (sum, { running }) => sum + running.filter((one) => one === expected).length,
    0,
  );
  if (of > 0 && seen === of) return { state: 'converged', seen, of };
  const problems = printed.flatMap(({ problem }) => problem ?? []);
  const behind = printed
    .filter(({ running }) => running.some((one) => one !== expected))
    .map(({ host }) => `${host} runs with another token`);
  const detail = [...problems, ...behind].slice(0, 10).join(', ');
  const other = printed.flatMap(({ running }) => running.filter((one) => one !== expected)).length;
  return { state: 'pending', seen, of, other, ...(detail && { detail }) };
}
