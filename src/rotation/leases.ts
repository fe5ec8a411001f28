import type { Claim, Journal } from '../journal/journal.js';
import type { Clock } from './clock.js';
import { asRotorError, RotorError } from './errors.js';

const RENEW_MS = 3_000;
const AGAIN_MS = 500;
/** No effect starts later than this after the last renewal began; a lease lives 10 s. */
const FRESH_MS = 7_000;

/** Keeps the claims of one engine alive: all in one write, since each run has one and a thousand may be under way. */
export class Leases {
  readonly #held = new Set<Lease>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly journal: Pick<Journal, 'renew'>,
    private readonly clock: Clock,
    private readonly onFailure: (error: RotorError) => void,
  ) {}

  /** `askedAt`: before the claim was answered, by the monotonic clock; the lease counts from when the journal heard. */
  hold(claim: Claim, askedAt: number): Lease {
    const lease = new Lease(claim, this.clock, askedAt);
    this.#held.add(lease);
    this.#timer ??= setInterval(() => void this.#renewAll(), RENEW_MS);
    return lease;
  }

  letGo(lease: Lease): void {
    lease.stop();
    this.#held.delete(lease);
    if (this.#held.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #renewAll(): Promise<void> {
    const leftOut = await this.#renew([...this.#held]);
    if (leftOut.length === 0) return;
    // A row that was being written to, most likely; where another worker has the run, its lease ends by its time.
    await new Promise<void>((resolve) => void setTimeout(resolve, AGAIN_MS).unref());
    await this.#renew(leftOut.filter((lease) => this.#held.has(lease)));
  }

  /** One renewal may begin while another hangs: it goes out over another connection. Returns those that are left out. */
  async #renew(leases: readonly Lease[]): Promise<readonly Lease[]> {
    // The work of one that is over may still wait for something: others are to have the run.
    const asked = leases.filter(({ over }) => !over.aborted);
    const began = this.clock.monotonic();
    try {
      const renewed = new Set(await this.journal.renew(asked.map(({ claim }) => claim)));
      for (const lease of asked) if (renewed.has(lease.claim)) lease.renewed(began);
      return asked.filter(({ claim }) => !renewed.has(claim));
    } catch (error) {
      this.onFailure(asRotorError(error));
      return [];
    }
  }
}

/**
 * Tells whether one claim is fresh enough to start an effect, and ends the work where it has not been renewed in time:
 * a request that waits for its turn must not go out later.
 */
export class Lease {
  readonly #over = new AbortController();
  readonly #end: NodeJS.Timeout;

  constructor(
    readonly claim: Claim,
    private readonly clock: Clock,
    private renewedAt: number,
  ) {
    this.#end = setTimeout(() => this.#over.abort(), FRESH_MS);
  }

  /** Aborts when it was not renewed in time. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** `at`: before the journal was asked. */
  renewed(at: number): void {
    this.renewedAt = Math.max(at, this.renewedAt);
    if (!this.#over.signal.aborted) this.#end.refresh();
  }

  stop(): void {
    clearTimeout(this.#end);
  }

  /** Throws `lease_lost`. */
  assertFresh(): void {
    if (this.clock.monotonic() - this.renewedAt <= FRESH_MS) return;
    throw new RotorError('lease_lost', `the lease of ${this.claim.runId} is too old to start an effect`, {
      effect: 'not_applied',
    });
  }
}
