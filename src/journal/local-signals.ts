import { EventEmitter, once } from 'node:events';
import type { Signals } from './database.js';

/** Within one process. */
export class LocalSignals implements Signals {
  readonly #heard = new EventEmitter().setMaxListeners(0);

  async send(): Promise<void> {
    // Heard after the transaction, by `sent`.
  }

  sent(topic: string): void {
    this.#heard.emit(topic);
  }

  async next(topic: string, signal: AbortSignal): Promise<void> {
    await once(this.#heard, topic, { signal }).catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#heard.removeAllListeners();
  }
}
