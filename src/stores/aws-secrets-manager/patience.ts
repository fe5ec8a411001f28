import { setTimeout as delay } from 'node:timers/promises';
import { RotorError } from '../../rotation/errors.js';

/**
 * Milliseconds between looks. Reads lag behind writes (https://github.com/aws/aws-sdk-js-v3/issues/7701): eight looks
 * within ten seconds.
 */
export const READ_DELAYS_MS: readonly number[] = [75, 150, 300, 600, 1200, 2400, 4800];

/** The first answer that is not undefined; undefined once the delays are used up. `store_unavailable` on abort. */
export async function patiently<T>(
  look: () => Promise<T | undefined>,
  delaysMs: readonly number[],
  signal: AbortSignal,
): Promise<T | undefined> {
  for (const ms of delaysMs) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await pause(ms, signal);
  }
  return look();
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch {
    throw new RotorError('store_unavailable', 'Waiting for AWS to show what was written was stopped.');
  }
}
