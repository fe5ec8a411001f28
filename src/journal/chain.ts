import { digest } from './digest.js';
import type { Db } from './database.js';
import type { Tables } from './tables.js';

type EntryRow = Omit<Tables['entry'], 'hash'>;

/** Before the first run there is nothing. */
const GENESIS = '';

/**
 * Each entry holds the hash of the one before it in its run, and the first of a run that of the first of the run opened
 * before it: none can be changed, removed or moved without every hash after it being wrong.
 */
export function hashOf(before: string, { run_id, seq, at, body }: EntryRow): string {
  return digest([before, run_id, seq, at, body]);
}

/** Where a run is linked in: its number, and the hash that its first entry holds. */
export async function nextLink(db: Db): Promise<{ number: number; before: string }> {
  const last = await db
    .selectFrom('run')
    .innerJoin('entry', (join) => join.onRef('entry.run_id', '=', 'run.id').on('entry.seq', '=', 1))
    .select(['run.number', 'entry.hash'])
    .orderBy('run.number', 'desc')
    .limit(1)
    .executeTakeFirst();
  return { number: (last?.number ?? 0) + 1, before: last?.hash ?? GENESIS };
}

/** Links entries of a time without hashes, oldest run first. */
export async function chainAll(db: Db): Promise<void> {
  const runs = await db.selectFrom('run').select('id').orderBy('started_at').orderBy('id').execute();
  let first = GENESIS;
  for (const [index, { id }] of runs.entries()) {
    let head = first;
    for (const entry of await entriesOf(db, id)) {
      head = hashOf(head, entry);
      if (entry.seq === 1) first = head;
      const here = db.updateTable('entry').set({ hash: head }).where('run_id', '=', id);
      await here.where('seq', '=', entry.seq).execute();
    }
    await db
      .updateTable('run')
      .set({ number: index + 1, head })
      .where('id', '=', id)
      .execute();
  }
}

export async function entriesOf(db: Db, runId: string): Promise<Tables['entry'][]> {
  return db.selectFrom('entry').selectAll().where('run_id', '=', runId).orderBy('seq').execute();
}

/** Its number, which is how many entries the run has; 0 where there is no such run. */
export async function lastEntryOf(db: Db, runId: string): Promise<number> {
  const run = db.selectFrom('run').select('seq').where('id', '=', runId);
  return (await run.executeTakeFirst())?.seq ?? 0;
}
