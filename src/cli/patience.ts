import { setTimeout as delay } from 'node:timers/promises';
import { asRotorError } from '../rotation/errors.js';

/** A service that is being restarted is waited for; its runs go on in it. */
const RESTART_TRIES = 30;
const RESTART_PAUSE_MS = 1_000;

/** Asks again for half a minute while nobody answers, or while the service cannot: also in the middle of its end. */
export async function patiently<T>(ask: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!asRotorError(error).retryable || tries >= RESTART_TRIES) throw error;
      await delay(RESTART_PAUSE_MS, undefined, { signal });
    }
  }
}
