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
  #longest: Longest | undefined;
  #overdueMs = 0;
  #count = 0;
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
    const { policy, period } = this;
    if (!this.#longest || to - from > this.#longest.to - this.#longest.from)
      this.#longest = { from, to, isOpen };
    const deadline = policy && deadlineOf(policy, from);
    if (deadline === undefined) return;
    const span = { from: Math.max(deadline, period.from), to: Math.min(to, period.to) };
    if (span.to <= span.from) return;
    this.#overdueMs += span.to - span.from;
    this.#count += 1;
    if (this.#spans.length < MOST_SPANS) this.#spans.push(span);
  }
}

function deadlineOf(policy: DuePolicy, since: Millis): Millis | undefined {
  if (policy.maxAgeMs !== undefined) return since + policy.maxAgeMs;
  const first = firingAfter(policy, since);
  return first === undefined ? undefined : firingAfter(policy, first);
}
