import { setTimeout as delay } from 'node:timers/promises';
import type { Millis } from './run.js';

export interface Clock {
  now(): Millis;
  /** Milliseconds that only ever grow; for leases, which must not believe a wall clock that steps. */
  monotonic(): number;
  /** Resolves after `ms`; rejects when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => delay(ms, undefined, { signal }),
};
