import type { Clock } from '../rotation/clock.js';
import type { Millis } from '../rotation/run.js';
import type { Database } from './database.js';

const CHECK_EVERY_MS = 1_000;

/** Writes, since what can no longer be written may still be read. */
export class Heartbeat {
  #at: Millis = 0;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Once a second at the most, for whoever asks. */
  async beat(): Promise<void> {
    const at = this.clock.now();
    if (Math.abs(at - this.#at) < CHECK_EVERY_MS) return;
    const { db, assertRoom } = this.database;
    await assertRoom?.();
    const beat = db.insertInto('heartbeat').values({ id: 1, at });
    await beat.onConflict((conflict) => conflict.column('id').doUpdateSet({ at })).execute();
    this.#at = at;
  }
}
