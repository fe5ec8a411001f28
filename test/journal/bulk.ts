import { DatabaseSync } from 'node:sqlite';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import { systemClock } from '../../src/rotation/clock.js';
import { aRun } from '../contracts/journal.contract.js';

/** The id of a run that was filled in. */
export function bulkId(index: number): string {
  return `run_bulk${String(index).padStart(8, '0')}`;
}

/** Fills a new journal with so many runs that have ended, at the speed of SQL; their entries are not chained. */
export async function fillJournal(file: string, runs: number): Promise<void> {
  const journal = await KyselyJournal.open(openSqlite(file, systemClock), systemClock);
  const { id } = await journal.open(aRun({ rotation: 'bulk', storeKey: 'bulk', spec: 'x'.repeat(500) }));
  const claim = await journal.claim();
  if (!claim) throw new Error('the run could not be claimed');
  const detail = 'nothing was changed';
  await journal.append(claim, { state: { state: 'ended', outcome: 'failed', reason: 'refused', detail } });
  await journal.close();
  const database = new DatabaseSync(file);
  const numbers = `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${runs})`;
  const bulk = `'run_bulk' || printf('%08d', i)`;
  const { columns } = database
    .prepare(
      `select group_concat(name) as columns from pragma_table_info('run') where name not in ('id', 'number')`,
    )
    .get() as { columns: string };
  database.exec(`begin;
    insert into run (id, number, ${columns}) ${numbers} select ${bulk}, i + 1, ${columns} from run, n where id = '${id}';
    insert into entry ${numbers} select ${bulk}, seq, at, body, hash from entry, n where run_id = '${id}' order by 1, 2;
    commit`);
  database.close();
}
