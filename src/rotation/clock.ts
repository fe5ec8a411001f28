import { setTimeout as delay } from 'node:timers/promises';
import type { Millis } from './run.js';

export interface Clock {
  now(): Millis;
  /** Milliseconds that only ever grow; for leases, which must not believe a wall clock that steps. */
  monotonic(): number;
  /** Resolves after `ms`; rejects when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Node takes a longer timer for one of 1 ms. Whoever sleeps looks again afterwards anyway. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => delay(Math.min(ms, LONGEST_TIMER_MS), undefined, { signal }),
};
