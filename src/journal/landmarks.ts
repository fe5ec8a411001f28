import { sql, type RawBuilder } from 'kysely';
import type { Database, Db } from './database.js';
import { FORM, runOf } from './forms.js';
import type { Landmarks } from './journal.js';
import type { Run } from '../rotation/run.js';

/**
 * Only as a key of the body and its value can this stand there: within any text the quotes would be escaped. The
 * engines do not agree on how a field of a JSON text is asked for.
 */
const SUCCEEDED = '%"outcome":"succeeded"%';

/** One query for all rotations; each looks from its newest run backwards, since it may have years of them. */
export async function landmarksOf(
  db: Db,
  rotations: readonly string[],
): Promise<ReadonlyMap<string, Landmarks>> {
  if (rotations.length === 0) return new Map();
  const rows = await db
    .selectFrom('rotation')
    .where('name', 'in', rotations)
    .select([
      'name',
      newestBy('started_at').as('latest'),
      newestBy('started_at', sql`ended = 1`).as('ended'),
      newestBy('settled_at').as('settled'),
      newestBy('settled_at', sql`ended = 1 and body like ${SUCCEEDED}`).as('succeeded'),
    ])
    .execute();
  return new Map(rows.map(({ name, ...ids }) => [name, ids]));
}

/** Id of the run of `rotation.name` that started or settled last, of those of which `which` holds. */
export function newestBy(
  column: 'started_at' | 'settled_at',
  which: RawBuilder<unknown> = sql`true`,
): RawBuilder<string | null> {
  return sql`(select id from run
    where run.rotation = rotation.name and ${sql.ref(column)} is not null and ${which}
    order by ${sql.ref(column)} desc limit 1)`;
}

/** A statement has room for some ten thousand values, and whatever is read in one go keeps everything else waiting. */
const AT_ONCE = 200;

/** In no order; one that is not there is left out. */
export async function runsOf(db: Db, ids: readonly string[]): Promise<readonly Run[]> {
  const runs: Run[] = [];
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const some = ids.slice(from, from + AT_ONCE);
    const rows = await db.selectFrom('run').selectAll().where('id', 'in', some).execute();
    runs.push(...rows.map(runOf));
  }
  return runs;
}

/** Runs that have not ended and that nobody works on. */
export async function waitingRuns(db: Db, { leaseNow }: Pick<Database, 'leaseNow'>): Promise<number> {
  const { count } = await db
    .selectFrom('run')
    .select(({ fn }) => fn.countAll<number | string>().as('count'))
    .where('ended', '=', 0)
    .where('form', '<=', FORM)
    .where('lease_until', '<=', leaseNow())
    .executeTakeFirstOrThrow();
  return Number(count);
}
