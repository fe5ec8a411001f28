import type { Transaction } from 'kysely';
import type { Millis, Run } from '../rotation/run.js';
import { assertMove } from '../rotation/run.js';
import type { Database } from './database.js';
import type { Change } from './journal.js';
import { runOf } from './forms.js';
import { changedBy, insertEntry, refuseWhereActive, rowOf, type RunRow } from './rows.js';
import { fileTokens } from './token-versions.js';
import type { Tables } from './tables.js';

/** Until the end of the transaction nobody else writes to the run. */
export async function lockRun(
  tx: Transaction<Tables>,
  id: string,
  { isShared }: Pick<Database, 'isShared'>,
): Promise<RunRow | undefined> {
  return tx
    .selectFrom('run')
    .selectAll()
    .where('id', '=', id)
    .$if(isShared, (query) => query.forUpdate())
    .executeTakeFirst();
}

/** One entry; the run as it was, and as the entry has made it. */
export async function addEntry(
  tx: Transaction<Tables>,
  row: RunRow,
  change: Change,
  at: Millis,
): Promise<{ readonly before: Run; readonly run: Run }> {
  const before = runOf(row);
  if (change.state) assertMove(before.state.state, change.state.state);
  const run = changedBy(change, before, at);
  if (change.resource) await refuseWhereActive(tx, run);
  const seq = row.seq + 1;
  const head = await insertEntry(tx, run.id, row.head, { ...change, seq, at });
  const settled = change.state?.state === 'settled' ? { settled_at: at } : { settled_at: row.settled_at };
  const { epoch, lease_until, number } = row;
  // What an older Rotor has left unfiled is filed later, as a whole.
  const filed = row.filed === row.seq ? seq : row.filed;
  const next = { ...rowOf(run, { seq, epoch, lease_until, number, head }), ...settled, filed };
  if (change.state) await fileTokens(tx, before, run, at);
  await tx.updateTable('run').set(next).where('id', '=', run.id).execute();
  return { before, run };
}
