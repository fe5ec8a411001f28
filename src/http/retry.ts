import { setTimeout as delay } from 'node:timers/promises';

import { backoffMs } from '../rotation/backoff.js';
import { RotorError } from '../rotation/errors.js';

type Backoff = {
  readonly baseMs: number;
  readonly capMs: number;
  /** In [0, 1). */
  readonly random: () => number;
};

export type RetryOptions = {
  readonly signal: AbortSignal;
  /** No new attempt starts later than this many milliseconds after the first began. */
  readonly deadlineMs?: number;
  readonly backoff?: Partial<Backoff>;
};

const READ_BACKOFF: Backoff = { baseMs: 250, capMs: 5_000, random: Math.random };
const READ_DEADLINE_MS = 30_000;

/**
 * Repeats a read that failed for a reason that may pass, waiting at least as long as Retry-After asks.
 * For reads only: a write is never repeated without knowing what it did. Throws the last error.
 */
export async function retryReads<T>(read: () => Promise<T>, options: RetryOptions): Promise<T> {
  const started = performance.now();
  const timing = { ...READ_BACKOFF, ...options.backoff };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await read();
    } catch (error) {
      if (!mayPass(error) || options.signal.aborted) throw error;
      const waitMs = Math.max(backoffMs(attempt, timing, timing.random), error.retryAfterMs ?? 0);
      if (performance.now() - started + waitMs > (options.deadlineMs ?? READ_DEADLINE_MS)) throw error;
      await delay(waitMs, undefined, { signal: options.signal }).catch(() => {
        throw error;
      });
    }
  }
}

function mayPass(error: unknown): error is RotorError {
  return error instanceof RotorError && error.retryable && error.code !== 'upstream_busy';
}
