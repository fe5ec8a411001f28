import type { Millis } from '../rotation/run.js';
import type { Db } from './database.js';

/** See `Journal.active`. */
export async function activeIn(db: Db): Promise<ReadonlySet<string>> {
  const rows = await db.selectFrom('run').select('rotation').where('active', '=', 1).execute();
  return new Set(rows.map(({ rotation }) => rotation));
}

/** See `Journal.startedSince`. */
export async function startedSince(db: Db, at: Millis): Promise<readonly string[]> {
  const started = db.selectFrom('run').select('rotation').where('started_at', '>', at);
  return (await started.where('mode', '=', 'rotate').execute()).map(({ rotation }) => rotation);
}
