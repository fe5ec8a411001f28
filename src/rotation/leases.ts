import type { Claim, Journal } from '../journal/journal.js';
import type { Clock } from './clock.js';
import { RotorError } from './errors.js';

const RENEW_MS = 3_000;
/** No effect starts later than this after the last renewal began; a lease lives 10 s. */
const FRESH_MS = 7_000;

/** Keeps the claims of one engine alive: all in one write, since each run has one and a thousand may be under way. */
export class Leases {
  readonly #held = new Set<Lease>();
  #timer: NodeJS.Timeout | undefined;
  #isRenewing = false;

  constructor(
    private readonly journal: Pick<Journal, 'renew'>,
    private readonly clock: Clock,
  ) {}

  /** `askedAt`: before the claim was answered, by the monotonic clock; the lease counts from when the journal heard. */
  hold(claim: Claim, askedAt: number): Lease {
    const lease = new Lease(claim, this.clock, askedAt);
    this.#held.add(lease);
    this.#timer ??= setInterval(() => void this.#renew(), RENEW_MS);
    return lease;
  }

  letGo(lease: Lease): void {
    lease.stop();
    this.#held.delete(lease);
    if (this.#held.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** A claim that is not renewed, by a fault or since another worker has the run, ends by its time. */
  async #renew(): Promise<void> {
    if (this.#isRenewing) return;
    this.#isRenewing = true;
    const began = this.clock.monotonic();
    const asked = [...this.#held];
    try {
      const renewed = new Set(await this.journal.renew(asked.map(({ claim }) => claim)));
      for (const lease of asked) if (renewed.has(lease.claim)) lease.renewed(began);
    } catch {
      // Tried again in time; whoever writes to the journal meets the same fault, and says so.
    } finally {
      this.#isRenewing = false;
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

  renewed(at: number): void {
    this.renewedAt = at;
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
