import { sql } from 'kysely';
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
  const runs = db.selectFrom('run').where('rotation', '=', rotation);
  const rotated = runs.where('mode', '=', 'rotate');
  const settled = await rotated.select(({ fn }) => fn.max('settled_at').as('at')).executeTakeFirst();
  const tokenSince = settled?.at ?? firstSeen;
  const { attempt, failures } = await rotated
    .select(({ fn }) => fn.max('started_at').as('attempt'))
    .select(
      sql<number>`sum(case when ended = 1 and settled_at is null and started_at > ${tokenSince} then 1 else 0 end)`.as(
        'failures',
      ),
    )
    .executeTakeFirstOrThrow();
  return { tokenSince, failures: failures ?? 0, ...(attempt !== null && { lastAttempt: attempt }) };
}
