import type { Millis } from '../run.js';
import { firingAfter } from './firings.js';
import type { DuePolicy } from './policy.js';

export type Span = { readonly from: Millis; readonly to: Millis };

/** Of a period: from the first moment on until just before the last, or until now where that comes first. */
export type Observed = Span;

/** The longest time with one token; `isOpen`: it goes on at the end of the period. */
export type Longest = Span & { readonly isOpen: boolean };

/** More of them would not tell more. */
const MOST_SPANS = 50;

/**
 * How long the tokens of a rotation were in force one after the other, told to it in their order. Over its time is a
 * token that is older than `maxAge`, and without that one under which the cron has fired twice: the second firing finds
 * the first one not served. Pauses, windows and blackouts excuse nothing here.
 */
export class TokenSpans {
  #rotations = 0;
  /** How old the token in force is, where it is older than the newest rotation, and since when that holds. */
  #born: Millis | undefined;
  #bornSince = 0;
  #longest: Longest | undefined;
  #overdueMs = 0;
  #count = 0;
  /** The last of all, told or not. */
  #overdue: { from: Millis; to: Millis } | undefined;
  readonly #spans: Span[] = [];

  /** `since`: when the token of the beginning of the period had come into force; undefined where nobody knows. */
  constructor(
    private readonly policy: DuePolicy | undefined,
    private readonly period: Observed,
    private since: Millis | undefined,
  ) {}

  rotatedAt(at: Millis): void {
    this.#rotations += 1;
    this.#end(at, false);
    this.since = at;
    this.#born = undefined;
    this.#bornSince = 0;
  }

  /**
   * Without a rotation, so that the time between two goes on, a token is in force that is so old; undefined: as old as
   * the newest rotation.
   */
  bornAt(born: Millis | undefined, at: Millis): void {
    if (born === this.#born) return;
    this.#overdueUntil(at);
    this.#born = born;
    this.#bornSince = at;
  }

  /** At the end of the period. */
  told() {
    if (this.since !== undefined) this.#end(this.period.to, true);
    const isLimited = this.policy?.maxAgeMs !== undefined || this.policy?.cron !== undefined;
    const overdue = { ms: this.#overdueMs, count: this.#count, spans: [...this.#spans] };
    return { rotations: this.#rotations, longest: this.#longest, overdue: isLimited ? overdue : undefined };
  }

  #end(to: Millis, isOpen: boolean): void {
    const from = this.since;
    if (from === undefined || to <= from) return;
    if (!this.#longest || to - from > this.#longest.to - this.#longest.from)
      this.#longest = { from, to, isOpen };
    this.#overdueUntil(to);
  }

  #overdueUntil(to: Millis): void {
    const { policy, period, since } = this;
    const deadline = policy && since !== undefined ? deadlineOf(policy, since, this.#born) : undefined;
    if (deadline === undefined) return;
    const from = Math.max(deadline, period.from, this.#bornSince);
    const span = { from, to: Math.min(to, period.to) };
    if (span.to <= from) return;
    this.#overdueMs += span.to - from;
    // It goes on, with another token that is over its time too.
    if (this.#overdue?.to === from) {
      this.#overdue.to = span.to;
      return;
    }
    this.#overdue = span;
    this.#count += 1;
    if (this.#spans.length < MOST_SPANS) this.#spans.push(span);
  }
}

/** The cron knows of rotations alone. */
function deadlineOf(policy: DuePolicy, since: Millis, born = since): Millis | undefined {
  if (policy.maxAgeMs !== undefined) return Math.min(since, born) + policy.maxAgeMs;
  const first = firingAfter(policy, since);
  return first === undefined ? undefined : firingAfter(policy, first);
}
