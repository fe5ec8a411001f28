import { setImmediate } from 'node:timers/promises';
import type { Run } from '../rotation/run.js';
import type { Database } from './database.js';
import { runOf } from './forms.js';

const AT_ONCE = 500;

/** Of a run that has ended; null while it goes on. */
export function outcomeIn({ state }: Run): string | null {
  return state.state === 'ended' ? state.outcome : null;
}

/**
 * Into the column by which runs are looked for, of those that ended before there was one, or by the hand of an older
 * Rotor beside this one. A few at a time, since others read and write meanwhile; what is left when `isOver` says so is
 * for the next start.
 */
export async function noteOutcomes({ db }: Pick<Database, 'db'>, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const rows = await db
      .selectFrom('run')
      .select(['id', 'form', 'body'])
      .where('outcome', 'is', null)
      .where('ended', '=', 1)
      .orderBy('started_at')
      .limit(AT_ONCE)
      .execute();
    if (rows.length === 0) return;
    for (const [outcome, those] of Map.groupBy(rows, (row) => outcomeIn(runOf(row)))) {
      const ids = those.map(({ id }) => id);
      await db.updateTable('run').set({ outcome }).where('id', 'in', ids).execute();
    }
    await setImmediate();
  }
}
