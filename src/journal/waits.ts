import { Stop } from '../rotation/stop.js';
import type { Database } from './database.js';

/** Signals may be lost: whoever waits looks at least this often. */
const LOOK_AGAIN_MS = 1_000;
/** Without other processes no signal is lost; what a worker could not give back is found when its lease has ended. */
const LOOK_ALONE_MS = 5_000;
/** The same as LOOK_AGAIN_MS for each run that rests, of which there may be a thousand. */
const SIGN_LOST_MS = 5_000;

/** Who waits for something in the journal, however many processes write to it. */
export class Waits {
  constructor(private readonly database: Pick<Database, 'signals' | 'isShared'>) {}

  /** See `Journal.waitForChange`; `hasChanged` looks. */
  async forChange(
    id: string,
    hasChanged: () => Promise<boolean>,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    using stop = new Stop([signal], timeoutMs);
    while (!stop.signal.aborted) {
      // Listens before it looks, so that what is written in between is not missed.
      using pause = new Stop([stop.signal]);
      const changed = this.#heard(id, pause.signal, LOOK_AGAIN_MS);
      try {
        if (await hasChanged()) return;
        await changed;
      } finally {
        pause.abort();
        await changed;
      }
    }
  }

  /** See `Journal.nextSign`. */
  async forSign(id: string, signal: AbortSignal): Promise<void> {
    await this.#heard(id, signal, SIGN_LOST_MS);
  }

  /** See `Journal.waitForWork`. */
  async forWork(signal: AbortSignal): Promise<void> {
    const { signals, isShared } = this.database;
    using stop = new Stop([signal], isShared ? LOOK_AGAIN_MS : LOOK_ALONE_MS);
    await signals.next('opened', stop.signal);
  }

  async #heard(topic: string, stop: AbortSignal, lookAgainMs: number): Promise<void> {
    const { signals, isShared } = this.database;
    using within = new Stop([stop], isShared ? lookAgainMs : undefined);
    await signals.next(topic, within.signal);
  }
}
