import { sql } from 'kysely';
import { replacedIn } from '../rotation/replaced.js';
import type { Pause } from '../rotation/schedule/policy.js';
import type { Millis, Run } from '../rotation/run.js';
import { pausesOf } from './acts.js';
import type { Database, Db } from './database.js';
import { runOf } from './forms.js';
import type { History } from './journal.js';
import { newestBy } from './landmarks.js';

/**
 * What has become of each rotation so far; `now` is when it was first known, where nobody asked before. One query for
 * all of them, since all are asked for at every tick; each looks from its newest run backwards, since it may have years
 * of them.
 */
export async function historiesOf(
  database: Pick<Database, 'db' | 'transaction'>,
  rotations: readonly string[],
  now: Millis,
): Promise<ReadonlyMap<string, History>> {
  const known = await told(database.db, rotations);
  // In one order, whoever asks: two replicas that start together would wait for each other.
  const unknown = rotations.filter((name) => !known.has(name)).toSorted();
  if (unknown.length === 0) return known;
  await database.transaction(async (tx) => {
    const rows = unknown.map((name) => ({ name, first_seen_at: now }));
    await tx
      .insertInto('rotation')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  });
  return new Map([...known, ...(await told(database.db, unknown))]);
}

/**
 * No bare column: SQLite would go through the index of all runs of that mode for each rotation, and not through the few
 * runs of its own; with 1,000 rotations that took a second of every tick.
 */
const IS_ROTATION = sql`coalesce(run.mode, '') = 'rotate'`;

async function told(db: Db, rotations: readonly string[]): Promise<Map<string, History>> {
  if (rotations.length === 0) return new Map();
  const rotated = (column: 'settled_at' | 'started_at') =>
    sql<Millis | null>`(select ${sql.ref(column)} from run
      where run.rotation = rotation.name and ${IS_ROTATION} and ${sql.ref(column)} is not null
      order by ${sql.ref(column)} desc limit 1)`;
  const ends = db
    .selectFrom('rotation')
    .where('name', 'in', rotations)
    .select([
      'name',
      'first_seen_at',
      rotated('settled_at').as('settled'),
      rotated('started_at').as('attempt'),
    ]);
  const rows = await db
    // Found once for each rotation: an engine is free to look for it again at every run that is counted below.
    .with(
      (cte) => cte('known').materialized(),
      () => ends,
    )
    .selectFrom('known')
    .select(['name', 'attempt'])
    .select(sql<Millis>`coalesce(settled, first_seen_at)`.as('since'))
    .select(
      sql<number>`(select count(*) from run
        where run.rotation = known.name and ${IS_ROTATION} and ended = 1 and settled_at is null
        and started_at > coalesce(known.settled, known.first_seen_at))`.as('failures'),
    )
    .execute();
  const since = await putBack(db, rotations);
  const pauses = await pausesOf(db, rotations);
  const gaveUp = await gaveUpBy(
    db,
    rows.flatMap(({ name, failures }) => (failures > 0 ? [name] : [])),
  );
  return new Map(
    rows.map(({ name, since: settled, failures, attempt }) => [
      name,
      {
        // An older one that is put back is not younger: a rotation that only adopts would be overdue no longer.
        tokenSince: Math.min(since.get(name) ?? settled, settled),
        failures,
        ...(attempt !== null && { lastAttempt: attempt }),
        ...gaveUpIn(gaveUp, name),
        ...pauseIn(pauses, name),
      },
    ]),
  );
}

/** Only as a key of the body can this stand there: within any text the quotes would be escaped. */
const REPLACED = '%"replaced":{%';

/** Where a token is in force again that had been replaced: since when it is known. */
async function putBack(db: Db, rotations: readonly string[]): Promise<ReadonlyMap<string, Millis>> {
  const rows = await db
    .selectFrom('rotation')
    .innerJoin('run', (join) => join.on('run.id', '=', newestBy('settled_at')))
    .where('rotation.name', 'in', rotations)
    .where('run.body', 'like', REPLACED)
    .selectAll('run')
    .execute();
  return new Map(
    rows.flatMap((row) => {
      const since = replacedIn(runOf(row))?.since;
      return since === undefined ? [] : [[row.rotation, since] as const];
    }),
  );
}

type GaveUp = NonNullable<History['gaveUp']>;

/** Of each of those whose newest rotating run has ended; few, since they are those that failed. */
async function gaveUpBy(db: Db, rotations: readonly string[]): Promise<ReadonlyMap<string, GaveUp>> {
  if (rotations.length === 0) return new Map();
  const newest = sql<string>`(select id from run
    where run.rotation = rotation.name and ${IS_ROTATION} order by started_at desc limit 1)`;
  const rows = await db
    .selectFrom('rotation')
    .innerJoin('run', (join) => join.on('run.id', '=', newest))
    .where('rotation.name', 'in', rotations)
    .where('ended', '=', 1)
    .selectAll('run')
    .execute();
  return new Map(
    rows.map((row) => {
      const { endedAt: at = row.started_at, state } = runOf(row);
      const isCancelled = state.state === 'ended' && state.outcome === 'cancelled';
      return [row.rotation, { at, isCancelled }];
    }),
  );
}

function gaveUpIn(all: ReadonlyMap<string, GaveUp>, name: string): { gaveUp?: GaveUp } {
  const gaveUp = all.get(name);
  return gaveUp ? { gaveUp } : {};
}

function pauseIn(pauses: ReadonlyMap<string, Pause>, name: string): { pause?: Pause } {
  const pause = pauses.get(name);
  return pause ? { pause } : {};
}

/** See `Journal.lastSettled`. */
export async function lastSettledOf(db: Db, rotation: string): Promise<Run | undefined> {
  const row = await db
    .selectFrom('run')
    .selectAll()
    .where('rotation', '=', rotation)
    .where('settled_at', 'is not', null)
    .orderBy('settled_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && runOf(row);
}
