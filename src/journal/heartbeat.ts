import type { Millis } from '../rotation/run.js';
import type { Database } from './database.js';

/** Writes, since what can no longer be written may still be read. */
export async function assertWritable({ db, assertRoom }: Database, at: Millis): Promise<void> {
  await assertRoom?.();
  const beat = db.insertInto('heartbeat').values({ id: 1, at });
  await beat.onConflict((conflict) => conflict.column('id').doUpdateSet({ at })).execute();
}
