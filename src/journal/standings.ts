import type { Transaction } from 'kysely';
import type { Db } from './database.js';
import type { Tables } from './tables.js';

export type Standing = { readonly rotation: string; readonly topic: string; readonly value: string };

const DECLARED = 'declared';
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

/** Notes that these are declared; those that were and are no more, of which nothing is noted from now on. */
export async function declared(tx: Transaction<Tables>, rotations: readonly string[]): Promise<string[]> {
  const known = await standingsOf(tx, DECLARED);
  const now = new Set(rotations);
  // In one order, so that two replicas never wait for each other.
  const fresh = [...now].filter((rotation) => !known.has(rotation)).toSorted();
  for (const some of chunksOf(fresh))
    await tx
      .insertInto('standing')
      .values(some.map((rotation) => ({ rotation, topic: DECLARED, value: 'yes' })))
      .onConflict((conflict) => conflict.columns(['rotation', 'topic']).doNothing())
      .execute();
  const removed: string[] = [];
  for (const some of chunksOf([...known.keys()].filter((rotation) => !now.has(rotation)).toSorted())) {
    const deleted = await tx
      .deleteFrom('standing')
      .where('topic', '=', DECLARED)
      .where('rotation', 'in', some)
      .returning('rotation')
      .execute();
    removed.push(...deleted.map(({ rotation }) => rotation));
    await tx.deleteFrom('standing').where('rotation', 'in', some).execute();
  }
  return removed;
}

function chunksOf(names: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(names.length / AT_ONCE) }, (_, index) =>
    names.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
  );
}
