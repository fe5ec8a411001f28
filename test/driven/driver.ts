import { takeStep, type StepName } from '../../src/rotation/driven/rotation-step.js';
import { asRotorError, type RotorError } from '../../src/rotation/errors.js';
import { fingerprintOf, type Fingerprint } from '../../src/rotation/secret.js';
import type { VersionId } from '../../src/stores/store.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { Died, Life } from './life.js';
import type { DrivenSecret } from './world.js';

export const ORDER: readonly StepName[] = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'];
/** More than anything needs that goes on at all. */
const MOST_CALLS = 8;

export type Outcome = { readonly said: string } | { readonly error: RotorError } | 'died';

/** What all drivers of a test have done and seen, for its report. */
export class Tally {
  calls = 0;
  repeats = 0;
  deaths = 0;
  rotations = 0;
  calledOff = 0;
  doubleResets = 0;
  lost = 0;
  wrongCurrent = 0;

  toString(): string {
    return (
      `rotations ${this.rotations}, calls ${this.calls}, repeats ${this.repeats}, deaths ${this.deaths}, ` +
      `called off ${this.calledOff}: double resets ${this.doubleResets}, lost ${this.lost}, wrong current ${this.wrongCurrent}`
    );
  }
}

/** Calls the rotation function of one secret as AWS does, and asks the world what it has come to. */
export class Driver {
  readonly clock = new VirtualClock();
  readonly #from: number;
  readonly #initial: Fingerprint;
  readonly #called = new Set<string>();

  constructor(
    readonly secret: DrivenSecret,
    readonly tally: Tally,
  ) {
    this.#from = secret.world.ledger.entries.length;
    this.#initial = fingerprintOf(secret.tokenIn(secret.view.current()));
  }

  async begin(version?: string): Promise<string> {
    this.tally.rotations += 1;
    return this.secret.rotate(version);
  }

  /** One invocation; the life may end within it, before each request to AWS and around each call of the issuer. `waitMs`: how long the invocation may take. */
  async call(step: StepName, version: string, life = new Life(), waitMs = 0): Promise<Outcome> {
    const { secret, clock, tally } = this;
    tally.calls += 1;
    if (this.#called.has(`${version} ${step}`)) tally.repeats += 1;
    this.#called.add(`${version} ${step}`);
    const ports = secret.world.portsFor(life, secret.config);
    const { signal } = new AbortController();
    const waitUntil = clock.now() + waitMs;
    secret.world.secrets.faults.beforeHandling(async () => life.point());
    try {
      const work = { version: version as VersionId, ports, clock, waitUntil, signal };
      return { said: await life.live(async () => takeStep(step, work)) };
    } catch (error) {
      if (!(error instanceof Died)) return { error: asRotorError(error) };
      tally.deaths += 1;
      return 'died';
    } finally {
      secret.world.secrets.faults.beforeHandling(undefined);
      this.judge();
    }
  }

  /** Until it succeeds, with the time passing that an upstream needs; the last error where it does not. */
  async insist(step: StepName, version: string): Promise<RotorError | undefined> {
    for (let tries = 1; ; tries += 1) {
      const outcome = await this.call(step, version);
      if (outcome !== 'died' && 'said' in outcome) return undefined;
      await this.secret.world.settle();
      this.clock.advance(this.clock.now() % 2 === 0 ? 60_000 : 60_001);
      if (tries === MOST_CALLS && outcome !== 'died') {
        this.clock.advance(60 * 60_000);
        const last = await this.call(step, version);
        return last !== 'died' && 'said' in last ? undefined : outcome.error;
      }
    }
  }

  /** All four, each until it succeeds. Where one does not, the rotation is called off as a person would, and begun anew. */
  async finish(version: string): Promise<string> {
    for (const step of ORDER) {
      const error = await this.insist(step, version);
      if (!error) continue;
      if (this.tally.calledOff > this.tally.rotations) throw error;
      this.tally.calledOff += 1;
      await this.secret.callOff(version);
      return this.finish(await this.begin());
    }
    return version;
  }

  /** Asks the ledger and the servers, not the function. */
  judge(): void {
    const { secret, tally } = this;
    const { deployment } = secret.world;
    const entries = secret.world.ledger.entries.slice(this.#from);
    const held = new Set(secret.view.versions().map(({ text }) => fingerprintOf(secret.tokenIn(text))));
    const shown = [deployment.currentToken(), deployment.pendingToken() ?? ''].map(fingerprintOf);
    const accepted = deployment.acceptedFingerprints().map(({ fingerprint }) => fingerprint);
    if (accepted.some((one) => one !== 'any' && !held.has(one) && !shown.includes(one))) tally.lost += 1;
    const resets = entries.filter((entry) => entry.kind === 'token.reset' && entry.by === 'api').length;
    const rotations = new Set([...this.#called].map((one) => one.split(' ')[0])).size;
    if (resets > rotations) tally.doubleResets += 1;
    const current = fingerprintOf(secret.tokenIn(secret.view.current()));
    const switched = entries.filter((entry) => entry.kind === 'instance.switched' && entry.to === current);
    const everywhere = deployment.acceptedFingerprints().length;
    if (current !== this.#initial && switched.length < everywhere) tally.wrongCurrent += 1;
  }
}
