import type { Timings } from './options.js';
import { uuid, type Random } from './random.js';
import type { Timers } from './timers.js';

export type ChangedBy = 'create' | 'api' | 'colleague';

/** One attempt to put a plan in force. A failed one never was current. */
export type PlanAttempt = {
  readonly id: string;
  readonly token: string;
  readonly by: ChangedBy;
  readonly startedAt: Date;
  readonly endedAt?: Date;
  readonly failed: boolean;
};

export type PlanListener = { onApplied(attempt: PlanAttempt): void; onFailed(attempt: PlanAttempt): void };

type PlanTrackOptions = {
  readonly token: string;
  readonly timings: Timings;
  readonly timers: Timers;
  readonly random: Random;
  readonly listener: PlanListener;
};

type Pending = { readonly attempt: PlanAttempt; readonly doomed: boolean; due: boolean };

/** The plans of one resource: at most one is pending, one is current, and a failed one leaves the current as it is. */
export class PlanTrack {
  readonly #options: PlanTrackOptions;
  readonly #finished: PlanAttempt[];
  #current: PlanAttempt;
  #pending: Pending | undefined;
  #held = false;
  #failNext = false;

  constructor(options: PlanTrackOptions) {
    this.#options = options;
    const startedAt = new Date();
    const created = { ...this.#attempt(options.token, 'create'), startedAt, endedAt: startedAt };
    this.#current = created;
    this.#finished = [created];
  }

  get current(): PlanAttempt {
    return this.#current;
  }

  get pending(): PlanAttempt | undefined {
    return this.#pending?.attempt;
  }

  /** Oldest first, the current plan and failed attempts among them. */
  get finished(): readonly PlanAttempt[] {
    return this.#finished;
  }

  get lastFailed(): boolean {
    return this.#finished.at(-1)?.failed ?? false;
  }

  /**
   * What a reader is shown: right after a change the API's answer is seen to go empty, queued, empty before it settles
   * (https://github.com/elastic/kibana/pull/136974).
   */
  visiblePending(now: Date): PlanAttempt | undefined {
    const attempt = this.pending;
    if (attempt === undefined) return undefined;
    const third = this.#options.timings.flickerMs / 3;
    const elapsed = now.getTime() - attempt.startedAt.getTime();
    const hidden = elapsed < third || (elapsed >= 2 * third && elapsed < 3 * third);
    return hidden ? undefined : attempt;
  }

  /** Throws while another plan is pending: callers ask first. */
  start(token: string, by: ChangedBy): PlanAttempt {
    if (this.#pending !== undefined)
      throw new Error('a plan is pending already; release it or wait for it to end');
    const pending = { attempt: this.#attempt(token, by), doomed: this.#failNext, due: false };
    this.#failNext = false;
    this.#pending = pending;
    this.#options.timers.after(this.#options.timings.planMs, () => {
      pending.due = true;
      this.#finishIfDue();
    });
    return pending.attempt;
  }

  failNext(): void {
    this.#failNext = true;
  }

  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    this.#finishIfDue();
  }

  #finishIfDue(): void {
    const pending = this.#pending;
    if (pending === undefined || !pending.due || this.#held) return;
    const ended = { ...pending.attempt, endedAt: new Date(), failed: pending.doomed };
    this.#pending = undefined;
    this.#finished.push(ended);
    if (ended.failed) {
      this.#options.listener.onFailed(ended);
      return;
    }
    this.#current = ended;
    this.#options.listener.onApplied(ended);
  }

  #attempt(token: string, by: ChangedBy): PlanAttempt {
    return { id: uuid(this.#options.random), token, by, startedAt: new Date(), failed: false };
  }
}
