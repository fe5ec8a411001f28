import type { Millis } from '../rotation/run.js';
import type { Db } from './database.js';
import type { History } from './journal.js';

/** What has become of a rotation so far; `now` is when it was first known, where nobody asked before. */
export async function historyOf(db: Db, rotation: string, now: Millis): Promise<History> {
  const insert = db.insertInto('rotation').values({ name: rotation, first_seen_at: now });
  await insert.onConflict((conflict) => conflict.doNothing()).execute();
  const { first_seen_at: firstSeen } = await db
    .selectFrom('rotation')
    .select('first_seen_at')
    .where('name', '=', rotation)
    .executeTakeFirstOrThrow();
  const rotated = db.selectFrom('run').where('rotation', '=', rotation).where('mode', '=', 'rotate');
  // From the newest backwards, until there is one: a rotation may have years of runs, and is asked for at every tick.
  const settled = await rotated
    .select('settled_at')
    .where('settled_at', 'is not', null)
    .orderBy('settled_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  const latest = await rotated.select('started_at').orderBy('started_at', 'desc').limit(1).executeTakeFirst();
  const tokenSince = settled?.settled_at ?? firstSeen;
  const { failures } = await rotated
    .where('started_at', '>', tokenSince)
    .where('ended', '=', 1)
    .where('settled_at', 'is', null)
    .select(({ fn }) => fn.countAll<number>().as('failures'))
    .executeTakeFirstOrThrow();
  return { tokenSince, failures, ...(latest && { lastAttempt: latest.started_at }) };
}
