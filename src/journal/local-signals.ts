import { EventEmitter } from 'node:events';
import { ANYTHING, type Signals } from './database.js';

/** Within one process. */
export class LocalSignals implements Signals {
  readonly #heard = new EventEmitter().setMaxListeners(0);

  async send(): Promise<void> {
    // Heard after the transaction, by `sent`.
  }

  sent(topic: string): void {
    this.#heard.emit(topic);
    this.#heard.emit(ANYTHING);
  }

  async next(topic: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#heard.once(topic, resolve);
    const stop = (): void => resolve();
    signal.addEventListener('abort', stop);
    await promise;
    signal.removeEventListener('abort', stop);
    this.#heard.off(topic, resolve);
  }

  async close(): Promise<void> {
    this.#heard.removeAllListeners();
  }
}
