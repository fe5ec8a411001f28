import type { Clock } from '../../src/rotation/clock.js';
import { VirtualClock } from './virtual-clock.js';

/** Whoever sleeps does so until a test lets the time pass. */
export class HeldClock extends VirtualClock implements Clock {
  override async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const stopped = (): void => reject(new Error('the sleep was stopped'));
    signal.addEventListener('abort', stopped);
    this.plan(ms, resolve);
    await promise.finally(() => signal.removeEventListener('abort', stopped));
  }
}
