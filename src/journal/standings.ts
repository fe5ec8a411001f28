import type { Transaction } from 'kysely';
import type { Tables } from './tables.js';

export type Standing = { readonly rotation: string; readonly topic: string; readonly value: string };

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
