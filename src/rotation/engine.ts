import type { Claim, Journal } from '../journal/journal.js';
import type { Clock } from './clock.js';
import { decide } from './decide.js';
import { RotorError, asRotorError } from './errors.js';
import { STALL_POLL_MS } from './policy.js';
import type { Ports } from './ports.js';
import type { Run } from './run.js';
import type { Observer } from './runner.js';
import { Runner } from './runner.js';

const RENEW_MS = 3_000;
/** No effect starts later than this after the last renewal began; a lease lives 10 s. */
const FRESH_MS = 7_000;
/** Looks at the queue at least this often, woken or not. */
const QUEUE_POLL_MS = 1_000;
const RETRY_MS = 2_000;

export type EngineDeps = {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly random: () => number;
  /** Builds the ports from the run's frozen spec; throws `config_invalid` where that is no longer possible. */
  readonly portsFor: (run: Run) => Ports;
  readonly observer: Observer & { crashed(runId: string, error: RotorError): void };
};

/** Works on every run that is not ended: new ones, and those that an earlier process left half-way. */
export class Engine {
  readonly #stop = new AbortController();
  readonly #working = new Set<Promise<void>>();
  #loop: Promise<void> = Promise.resolve();

  constructor(private readonly deps: EngineDeps) {}

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
      try {
        const asked = clock.monotonic();
        const claim = await journal.claim();
        if (claim) this.#begin(claim, asked);
        else await journal.waitForWork(QUEUE_POLL_MS, this.#stop.signal);
      } catch (error) {
        observer.crashed('', asRotorError(error));
        await this.#rest();
      }
    }
  }

  #begin(claim: Claim, askedAt: number): void {
    const work = this.#work(claim, askedAt).finally(() => this.#working.delete(work));
    this.#working.add(work);
  }

  async #work(claim: Claim, askedAt: number): Promise<void> {
    const { journal, observer } = this.deps;
    const lost = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, lost.signal]);
    const lease = new Lease(claim, this.deps, lost, askedAt);
    try {
      const run = await journal.find(claim.runId);
      const runner = run && (await this.#runner(run, claim, signal));
      await runner?.drive(claim, () => lease.assertFresh(), signal);
    } catch (error) {
      if (!signal.aborted) {
        observer.crashed(claim.runId, asRotorError(error));
        await this.#rest();
      }
    } finally {
      lease.stop();
      await journal.release(claim).catch(() => undefined);
    }
  }

  /** Where the ports cannot be built, the run says so: it ends if nothing was sent yet, else it is stalled. */
  async #runner(run: Run, claim: Claim, signal: AbortSignal): Promise<Runner | undefined> {
    const { journal, clock, random, observer, portsFor } = this.deps;
    try {
      return new Runner({ journal, clock, random, observer, ports: portsFor(run) });
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

  async #rest(): Promise<void> {
    await this.deps.clock.sleep(RETRY_MS, this.#stop.signal).catch(() => undefined);
  }
}

/**
 * Keeps one claim alive; tells whether it is fresh enough to start an effect, and ends the work where it has not been
 * renewed in time: a request that waits for its turn must not go out later.
 */
class Lease {
  readonly #timer: NodeJS.Timeout;
  readonly #end: NodeJS.Timeout;

  constructor(
    private readonly claim: Claim,
    private readonly deps: Pick<EngineDeps, 'journal' | 'clock'>,
    private readonly lost: AbortController,
    /** Before the answer: the lease counts from when the journal heard of it. */
    private renewedAt: number,
  ) {
    this.#end = setTimeout(() => this.lost.abort(), FRESH_MS);
    this.#timer = setInterval(() => void this.#renew(), RENEW_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#end);
  }

  assertFresh(): void {
    if (this.deps.clock.monotonic() - this.renewedAt <= FRESH_MS) return;
    throw new RotorError('lease_lost', `the lease of ${this.claim.runId} is too old to start an effect`, {
      effect: 'not_applied',
    });
  }

  async #renew(): Promise<void> {
    const began = this.deps.clock.monotonic();
    try {
      await this.deps.journal.renew(this.claim);
      this.renewedAt = began;
      this.#end.refresh();
    } catch (error) {
      if (asRotorError(error).code === 'lease_lost') this.lost.abort();
    }
  }
}
