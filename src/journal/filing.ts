import { once } from 'node:events';
import { Stop } from '../rotation/stop.js';
import type { Database } from './database.js';
import { fileLater } from './filed-later.js';

/** An older Rotor beside this one goes on to write: so long at the most is what it writes not found by a token. */
const AGAIN_MS = 60_000;

/**
 * Files what nobody has filed, at once, and where several processes write again and again: three looks by an index
 * where nothing is left.
 */
export class Filing {
  readonly #over = new AbortController();
  readonly #filing: Promise<void>;

  constructor(private readonly database: Pick<Database, 'db' | 'transaction' | 'isShared'>) {
    this.#filing = this.#fileAgainAndAgain();
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await this.#filing;
  }

  async #fileAgainAndAgain(): Promise<void> {
    const { database } = this;
    const { signal } = this.#over;
    while (!signal.aborted) {
      // Beside the work; a failure is for the next time.
      await fileLater(database, () => signal.aborted).catch(() => undefined);
      if (!database.isShared) return;
      using pause = new Stop([signal], AGAIN_MS);
      if (!pause.signal.aborted) await once(pause.signal, 'abort');
    }
  }
}
