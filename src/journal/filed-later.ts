import { setImmediate } from 'node:timers/promises';
import type { Run } from '../rotation/run.js';
import type { Database } from './database.js';
import { runOf } from './forms.js';
import { outcomeIn } from './outcomes.js';
import { starterIn } from './starters.js';
import { fileTokensLater } from './token-versions.js';

const AT_ONCE = 500;

type Filed = 'outcome' | 'started_by';

/**
 * Into the columns by which runs are looked for, of those that were written before there were these, or by the hand of
 * an older Rotor beside this one. A few at a time, since others read and write meanwhile; what is left when `isOver`
 * says so is for the next time.
 */
export async function fileLater(
  database: Pick<Database, 'db' | 'transaction'>,
  isOver: () => boolean,
): Promise<void> {
  await file(database, 'outcome', outcomeIn, isOver);
  await file(database, 'started_by', starterIn, isOver);
  await fileTokensLater(database, isOver);
}

async function file(
  { db }: Pick<Database, 'db'>,
  column: Filed,
  wordOf: (run: Run) => string | null,
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    const rows = await db
      .selectFrom('run')
      .select(['id', 'form', 'body'])
      .where(column, 'is', null)
      .$if(column === 'outcome', (query) => query.where('ended', '=', 1))
      .orderBy('started_at')
      .limit(AT_ONCE)
      .execute();
    const filed = Map.groupBy(rows, (row) => wordOf(runOf(row)));
    // There is none for a run that somebody has made look ended: `verify` names it.
    filed.delete(null);
    if (filed.size === 0) return;
    for (const [word, those] of filed) {
      const ids = those.map(({ id }) => id);
      await db
        .updateTable('run')
        .set({ [column]: word })
        .where('id', 'in', ids)
        .execute();
    }
    await setImmediate();
  }
}
