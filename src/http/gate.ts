import CircuitBreaker from 'opossum';
import pLimit from 'p-limit';

import { asRotorError, RotorError, systemCode, type Code } from '../rotation/errors.js';
import { Failing } from './failing.js';
import { RateLimit } from './rate-limit.js';
import type { HttpReply, Site } from './reply.js';

/** Reads of one host that are under way at once; what is more waits. A write does not: its lease would grow old. */
export const CONCURRENT_READS = 10;

/** Of at least this many requests within the window, this share failed: the host is left alone for the rest. */
const WINDOW_MS = 60_000;
const REST_MS = 15_000;
const BREAKER = {
  volumeThreshold: 5,
  errorThresholdPercentage: 60,
  rollingCountTimeout: WINDOW_MS,
  rollingCountBuckets: 6,
  resetTimeout: REST_MS,
  timeout: false,
  // Nobody reads them; each would be a timer and a growing list for every host.
  enableSnapshots: false,
  rollingPercentilesEnabled: false,
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
 * was not sent, and says so (`effect: 'not_applied'`). One resource that fails says nothing of its host: an operation
 * counts once, however often it is tried again.
 */
export class Gate {
  readonly #breaker: CircuitBreaker<[Send, AbortSignal], Outcome>;
  readonly #reads = pLimit(CONCURRENT_READS);
  readonly #limit = new RateLimit();
  readonly #failing = new Failing(WINDOW_MS);
  /** Failed when it tried whether the host is back: others go first now. */
  #tried: { readonly operation: string; readonly until: number } | undefined;
  #last: Outage['said'] | undefined;
  #openedAt = 0;

  constructor(host: string, observer: GateObserver) {
    const counted = async (send: Send, signal: AbortSignal): Promise<Outcome> => {
      const isTrial = !this.#breaker.closed;
      const { outcome, outage } = await sent(send, signal);
      if (outage) throw new Outage(outcome, outage);
      // A trial that Rotor itself has stopped tells nothing.
      if (isTrial && signal.aborted) throw new Outage(outcome, this.#last ?? NO_ANSWER);
      return outcome;
    };
    this.#breaker = new CircuitBreaker(counted, { ...BREAKER, name: host });
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
    if (this.#breaker.closed && this.#failing.has(site.operation)) return this.#uncounted(site, send, signal);
    const isTrial = !this.#breaker.closed;
    if (isTrial && this.#hasJustTried(site)) throw this.#paused(site);
    try {
      const outcome = await this.#breaker.fire(send, signal);
      this.#failing.forget(site.operation);
      return outcome;
    } catch (error) {
      if (error instanceof Outage) {
        this.#last = error.said;
        this.#failing.note(site.operation);
        if (isTrial) this.#tried = { operation: site.operation, until: performance.now() + 2 * REST_MS };
        return error.outcome;
      }
      if (systemCode(error) === 'EOPENBREAKER') throw this.#paused(site);
      throw error;
    }
  }

  /** It has failed within the window: whether it fails again tells nothing more of the host. */
  async #uncounted(site: Site, send: Send, signal: AbortSignal): Promise<Outcome> {
    const { outcome, outage } = await sent(send, signal);
    if (!outage && !signal.aborted) this.#failing.forget(site.operation);
    return outcome;
  }

  #hasJustTried({ operation }: Site): boolean {
    return this.#tried?.operation === operation && performance.now() < this.#tried.until;
  }

  #paused(site: Site): RotorError {
    const retryAfterMs = Math.max(1_000, this.#openedAt + REST_MS - performance.now());
    const last = this.#last ?? NO_ANSWER;
    return new RotorError(
      last.code,
      `${site.host}: ${site.operation}: not sent, since most of the requests before it failed (the last: ${last.text}).`,
      { effect: 'not_applied', retryable: true, retryAfterMs: Math.ceil(retryAfterMs) },
    );
  }
}

const NO_ANSWER = { code: 'upstream_unreachable', text: 'no answer' } as const;

/** What came of it, and whether that says something of the whole host. */
async function sent(
  send: Send,
  signal: AbortSignal,
): Promise<{ readonly outcome: Outcome; readonly outage?: Outage['said'] }> {
  try {
    const reply = await send();
    const outage = { code: 'upstream_error', text: `answered ${reply.status}` } as const;
    return reply.status < 500 ? { outcome: { reply } } : { outcome: { reply }, outage };
  } catch (thrown) {
    const error = asRotorError(thrown);
    if (signal.aborted || !OUTAGES.includes(error.code)) return { outcome: { error } };
    return { outcome: { error }, outage: { code: error.code, text: error.message.replace(/\.$/, '') } };
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
