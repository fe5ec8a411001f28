import { sql, type Transaction } from 'kysely';
import type { Millis } from '../rotation/run.js';
import type { Database, Db } from './database.js';
import type { Tables } from './tables.js';

export type Standing = { readonly rotation: string; readonly topic: string; readonly value: string };

/** Under it stands when a replica last said that it has the rotation, by the clock of leases. */
const DECLARED = 'declared';
/** Not with each tick of each replica: many rotations are many rows. */
const SAID_ANEW_AFTER_MS = 30_000;
/** So long no replica has to say that it has a rotation until it is taken for removed. */
export const REMOVED_AFTER_MS = 2 * 60_000;
/** Rows a statement: PostgreSQL takes 65,535 values in one, SQLite 32,766. */
const AT_ONCE = 500;

/** Notes what stands by now; false where it was noted already. */
export async function note(tx: Transaction<Tables>, standing: Standing): Promise<boolean> {
  const { value } = standing;
  const changed = await tx
    .insertInto('standing')
    .values(standing)
    .onConflict((conflict) =>
      conflict.columns(['rotation', 'topic']).doUpdateSet({ value }).where('standing.value', '!=', value),
    )
    .returning('value')
    .executeTakeFirst();
  return changed !== undefined;
}

/** What was noted so far, held until the transaction ends. */
export async function noted(
  tx: Transaction<Tables>,
  { rotation, topic }: Pick<Standing, 'rotation' | 'topic'>,
  isShared: boolean,
): Promise<string | undefined> {
  const found = await tx
    .selectFrom('standing')
    .select('value')
    .where('rotation', '=', rotation)
    .where('topic', '=', topic)
    .$if(isShared, (query) => query.forUpdate())
    .executeTakeFirst();
  return found?.value;
}

export async function standingsOf(db: Db, topic: string): Promise<ReadonlyMap<string, string>> {
  const rows = await db
    .selectFrom('standing')
    .select(['rotation', 'value'])
    .where('topic', '=', topic)
    .execute();
  return new Map(rows.map(({ rotation, value }) => [rotation, value]));
}

/**
 * Notes that these are declared; those that were and that no replica declares any more, of which nothing is noted from
 * now on. Replicas may have different configs for a while, and none of them knows whose is the newer one.
 */
export async function declared(
  tx: Transaction<Tables>,
  rotations: readonly string[],
  database: Pick<Database, 'leaseNow' | 'isShared'>,
): Promise<string[]> {
  const known = await standingsOf(tx, DECLARED);
  const now = await timeIn(tx, database);
  const ageOf = (rotation: string): Millis => now - (Number(known.get(rotation)) || 0);
  const own = new Set(rotations);
  // Also where the clock has stepped back: what is said in the future would be believed for as long.
  const unsaid = [...own].filter((rotation) => Math.abs(ageOf(rotation)) >= SAID_ANEW_AFTER_MS);
  await say(tx, unsaid, String(now));
  const silent = [...known].filter(([rotation]) => !own.has(rotation) && ageOf(rotation) >= REMOVED_AFTER_MS);
  return forget(tx, new Map(silent), database);
}

async function timeIn(tx: Transaction<Tables>, { leaseNow }: Pick<Database, 'leaseNow'>): Promise<Millis> {
  const read = tx.selectNoFrom(sql<Millis>`${leaseNow()}`.as('now'));
  return (await read.executeTakeFirstOrThrow()).now;
}

async function say(tx: Transaction<Tables>, rotations: readonly string[], value: string): Promise<void> {
  // In one order, so that two replicas never wait for each other.
  for (const some of chunksOf(rotations.toSorted()))
    await tx
      .insertInto('standing')
      .values(some.map((rotation) => ({ rotation, topic: DECLARED, value })))
      .onConflict((conflict) => conflict.columns(['rotation', 'topic']).doUpdateSet({ value }))
      .execute();
}

/** Unless a replica says at this moment that it has one of them; those that were forgotten. */
async function forget(
  tx: Transaction<Tables>,
  silent: ReadonlyMap<string, string>,
  { isShared }: Pick<Database, 'isShared'>,
): Promise<string[]> {
  const removed: string[] = [];
  for (const some of chunksOf([...silent.keys()].toSorted())) {
    const held = await tx
      .selectFrom('standing')
      .select(['rotation', 'value'])
      .where('topic', '=', DECLARED)
      .where('rotation', 'in', some)
      .orderBy('rotation')
      .$if(isShared, (query) => query.forUpdate().skipLocked())
      .execute();
    const gone = held.flatMap(({ rotation, value }) => (silent.get(rotation) === value ? [rotation] : []));
    if (gone.length === 0) continue;
    await tx.deleteFrom('standing').where('rotation', 'in', gone).execute();
    removed.push(...gone);
  }
  return removed;
}

function chunksOf(names: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(names.length / AT_ONCE) }, (_, index) =>
    names.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
  );
}
