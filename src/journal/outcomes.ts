import type { Db } from './database.js';
import { runOf } from './forms.js';
import type { Run } from '../rotation/run.js';

const AT_ONCE = 500;

/** Of a run that has ended; null while it goes on. */
export function outcomeIn({ state }: Run): string | null {
  return state.state === 'ended' ? state.outcome : null;
}

/** Into the column by which runs are looked for, of every run that had ended before there was one. */
export async function noteOutcomes(db: Db): Promise<void> {
  for (let after = ''; ;) {
    const rows = await db
      .selectFrom('run')
      .select(['id', 'form', 'body'])
      .where('ended', '=', 1)
      .where('id', '>', after)
      .orderBy('id')
      .limit(AT_ONCE)
      .execute();
    const last = rows.at(-1);
    if (!last) return;
    const byOutcome = Map.groupBy(rows, (row) => outcomeIn(runOf(row)));
    for (const [outcome, those] of byOutcome) {
      const ids = those.map(({ id }) => id);
      await db.updateTable('run').set({ outcome }).where('id', 'in', ids).execute();
    }
    after = last.id;
  }
}
