import type { Claim, Journal } from '../journal/journal.js';
import { backoffMs } from './backoff.js';
import type { Clock } from './clock.js';
import { decide } from './decide.js';
import { RotorError, asRotorError } from './errors.js';
import { Leases } from './leases.js';
import { STALL_POLL_MS } from './policy.js';
import type { Ports } from './ports.js';
import type { Run } from './run.js';
import type { Observer, RunnerDeps } from './runner.js';
import { Stop } from './stop.js';
import { Turns } from './turns.js';
import { Runner } from './runner.js';

const RETRY_MS = 2_000;
/** Of one run: each try looks at the whole world again, only to find that the disk, say, is still full. */
const AGAIN = { baseMs: 2 * RETRY_MS, capMs: 30_000 };
/**
 * A look opens a dozen connections, each with a handshake: with a thousand runs due at once they would fill the memory
 * and keep everything else waiting.
 */
const LOOKS_AT_ONCE = 10;

export type EngineDeps = {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly random: () => number;
  /** Builds the ports from the run's frozen spec; throws `config_invalid` where that is no longer possible. */
  readonly portsFor: (run: Run) => Ports;
  readonly observer: Observer & {
    /** The first work on a run. */
    started(run: Run): void;
    /** Another process has worked on it before, or this one in an earlier life. */
    takenOver(run: Run): void;
    crashed(runId: string, error: RotorError): void;
  };
};

/** Works on every run that is not ended: new ones, and those that an earlier process left half-way. */
export class Engine {
  readonly #stop = new AbortController();
  readonly #working = new Set<Promise<void>>();
  readonly #leases: Leases;
  readonly #looks = new Turns(LOOKS_AT_ONCE);
  /** Runs whose work failed, how often in a row, and all that was known of them then. */
  readonly #failed = new Map<string, { readonly times: number; readonly known: string }>();
  /** Of runs whose work goes on after a pause: a claim that follows the last one here was nobody else's meanwhile. */
  readonly #epochs = new Map<string, number>();
  #loop: Promise<void> = Promise.resolve();

  constructor(private readonly deps: EngineDeps) {
    this.#leases = new Leases(deps.journal, deps.clock, (error) => deps.observer.crashed('', error));
  }

  start(): void {
    this.#loop = this.#takeWork();
  }

  /** Starts nothing new, lets each effect that is under way finish or be recorded, gives the runs back. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    await Promise.all(this.#working);
  }

  async #takeWork(): Promise<void> {
    const { journal, observer, clock } = this.deps;
    while (!this.#stop.signal.aborted) {
      // Listens before it looks, so that what is opened in between is not missed.
      using looked = new Stop([this.#stop.signal]);
      const sign = journal.waitForWork(looked.signal);
      // What it fails with, the next claim fails with too; until then nobody may be listening.
      const over = sign.catch(() => undefined);
      try {
        const asked = clock.monotonic();
        const claim = await journal.claim();
        if (claim) this.#begin(claim, asked);
        else await sign;
      } catch (error) {
        observer.crashed('', asRotorError(error));
        await this.#rest(RETRY_MS);
      } finally {
        looked.abort();
        await over;
      }
    }
  }

  #begin(claim: Claim, askedAt: number): void {
    const work = this.#work(claim, askedAt).finally(() => this.#working.delete(work));
    this.#working.add(work);
  }

  async #work(claim: Claim, askedAt: number): Promise<void> {
    const { journal, observer } = this.deps;
    const lease = this.#leases.hold(claim, askedAt);
    using stop = new Stop([this.#stop.signal, lease.over]);
    const { signal } = stop;
    try {
      const run = await journal.find(claim.runId);
      if (run) this.#sayBegun(run, claim);
      const runner = run && (await this.#runner(run, claim, signal));
      await runner?.drive(claim, () => lease.assertFresh(), signal);
      this.#failed.delete(claim.runId);
      if (runner) this.#epochs.delete(claim.runId);
    } catch (error) {
      if (!signal.aborted) {
        observer.crashed(claim.runId, asRotorError(error));
        await this.#rest(await this.#patienceWith(claim.runId));
      }
    } finally {
      this.#leases.letGo(lease);
      await journal.release(claim).catch(() => undefined);
    }
  }

  #sayBegun(run: Run, { runId, epoch }: Claim): void {
    const { observer } = this.deps;
    const before = this.#epochs.get(runId);
    this.#epochs.set(runId, epoch);
    if (epoch === 1) observer.started(run);
    else if (before !== epoch - 1) observer.takenOver(run);
  }

  /** Where the ports cannot be built, the run says so: it ends if nothing was sent yet, else it is stalled. */
  async #runner(run: Run, claim: Claim, signal: AbortSignal): Promise<Runner | undefined> {
    const { journal, clock, random, observer, portsFor } = this.deps;
    try {
      const inTurn: RunnerDeps['inTurn'] = async (look) => this.#looks.take(look);
      return new Runner({ journal, clock, random, observer, inTurn, ports: portsFor(run) });
    } catch (thrown) {
      const error = asRotorError(thrown);
      observer.crashed(run.id, error);
      const trouble = { error: new RotorError(error.code, error.message, { retryable: false }), times: 1 };
      const { asked, ...unasked } = run;
      const action = decide(unasked, { probes: new Map(), trouble }, clock.now());
      const answer = asked && { asked: null, note: `what a person asked was not done: ${error.message}` };
      if (action.do === 'move' || action.do === 'stall')
        await journal.append(claim, { state: action.to, ...answer });
      else if (answer) await journal.append(claim, answer);
      await clock.sleep(STALL_POLL_MS, signal).catch(() => undefined);
      return undefined;
    }
  }

  /** Milliseconds; longer each time for a run of which nothing was written since it last failed. */
  async #patienceWith(runId: string): Promise<number> {
    const run = await this.deps.journal.find(runId).catch(() => undefined);
    const known = JSON.stringify(run ?? null);
    const before = this.#failed.get(runId);
    const times = before?.known === known ? before.times + 1 : 1;
    this.#failed.set(runId, { times, known });
    return backoffMs(times, AGAIN, this.deps.random);
  }

  async #rest(ms: number): Promise<void> {
    await this.deps.clock.sleep(ms, this.#stop.signal).catch(() => undefined);
  }
}
