import CircuitBreaker from 'opossum';
import pLimit from 'p-limit';

import { asRotorError, RotorError, type Code } from '../rotation/errors.js';
import { RateLimit } from './rate-limit.js';
import type { HttpReply, Site } from './reply.js';

/** Reads of one host that are under way at once; what is more waits. A write does not: its lease would grow old. */
const CONCURRENT_READS = 10;

/** Of at least this many requests within the window, this share failed: the host is left alone for the rest. */
const BREAKER = {
  volumeThreshold: 5,
  errorThresholdPercentage: 60,
  rollingCountTimeout: 60_000,
  rollingCountBuckets: 6,
  resetTimeout: 15_000,
  timeout: false,
} as const;

/** The host is down, or something in front of it answers: not what one request was refused for. */
const OUTAGES: readonly Code[] = [
  'upstream_unreachable',
  'upstream_timeout',
  'upstream_error',
  'upstream_not_json',
];

type Outcome = { readonly reply: HttpReply } | { readonly error: RotorError };
type Send = () => Promise<HttpReply>;

/** What one request failed with, where that says something of the whole host. */
class Outage extends Error {
  constructor(
    readonly outcome: Outcome,
    readonly said: { readonly code: Code; readonly text: string },
  ) {
    super(said.text);
  }
}

export type GateObserver = {
  /** The host is left alone from now on, after this; or asked again, where `because` is absent. */
  circuit(host: string, because?: string): void;
};

/**
 * Between this process and one upstream host, for all runs together: a host that fails is left alone for a while, one
 * that says that its limit is reached is asked no sooner than it wants, and reads queue. A request that is held back
 * was not sent, and says so (`effect: 'not_applied'`).
 */
export class Gate {
  readonly #breaker: CircuitBreaker<[Send, AbortSignal], Outcome>;
  readonly #reads = pLimit(CONCURRENT_READS);
  readonly #limit = new RateLimit();
  #last: Outage['said'] | undefined;
  #openedAt = 0;

  constructor(host: string, observer: GateObserver) {
    this.#breaker = new CircuitBreaker(async (send: Send, signal: AbortSignal) => outcomeOf(send, signal), {
      ...BREAKER,
      name: host,
    });
    this.#breaker.on('open', () => {
      this.#openedAt = performance.now();
      observer.circuit(host, this.#last?.text ?? 'its requests failed');
    });
    this.#breaker.on('close', () => observer.circuit(host));
  }

  /** Throws what `send` throws, and a retryable fault with the time to wait where it was not called. */
  async pass(kind: 'read' | 'write', site: Site, send: Send, signal: AbortSignal): Promise<HttpReply> {
    const outcome =
      kind === 'read'
        ? await this.#reads(async () => this.#fire(site, send, signal))
        : await this.#write(site, send, signal);
    this.#limit.heard(outcome);
    if ('error' in outcome) throw outcome.error;
    return outcome.reply;
  }

  /** Whether the host is back is tried with a read: what a write has done in the dark is hard to find out. */
  async #write(site: Site, send: Send, signal: AbortSignal): Promise<Outcome> {
    if (!this.#breaker.closed) throw this.#paused(site);
    return this.#fire(site, send, signal);
  }

  async #fire(site: Site, send: Send, signal: AbortSignal): Promise<Outcome> {
    const heldMs = this.#limit.heldMs();
    if (heldMs > 0) throw limited(site, heldMs);
    try {
      return await this.#breaker.fire(send, signal);
    } catch (error) {
      if (!(error instanceof Outage)) throw this.#paused(site);
      this.#last = error.said;
      return error.outcome;
    }
  }

  #paused(site: Site): RotorError {
    const retryAfterMs = Math.max(1_000, this.#openedAt + BREAKER.resetTimeout - performance.now());
    const last = this.#last ?? { code: 'upstream_unreachable', text: 'no answer' };
    return new RotorError(
      last.code,
      `${site.host}: ${site.operation}: not sent, since most of the requests before it failed (the last: ${last.text}).`,
      { effect: 'not_applied', retryable: true, retryAfterMs: Math.ceil(retryAfterMs) },
    );
  }
}

/** An outage is thrown, for the breaker to count; all else is an outcome. */
async function outcomeOf(send: Send, signal: AbortSignal): Promise<Outcome> {
  try {
    const reply = await send();
    if (reply.status < 500) return { reply };
    throw new Outage({ reply }, { code: 'upstream_error', text: `answered ${reply.status}` });
  } catch (thrown) {
    if (thrown instanceof Outage) throw thrown;
    const error = asRotorError(thrown);
    if (signal.aborted || !OUTAGES.includes(error.code)) return { error };
    throw new Outage({ error }, { code: error.code, text: error.message.replace(/\.$/, '') });
  }
}

function limited(site: Site, retryAfterMs: number): RotorError {
  return new RotorError(
    'upstream_rate_limited',
    `${site.host}: ${site.operation}: not sent, since the limit of calls is reached.`,
    { effect: 'not_applied', retryAfterMs },
  );
}

/** One gate a host, for the whole process. */
export class Gates {
  readonly #gates = new Map<string, Gate>();

  constructor(private readonly observer: GateObserver) {}

  of(baseUrl: string): Gate {
    const { host } = new URL(baseUrl);
    const known = this.#gates.get(host);
    if (known) return known;
    const gate = new Gate(host, this.observer);
    this.#gates.set(host, gate);
    return gate;
  }
}
