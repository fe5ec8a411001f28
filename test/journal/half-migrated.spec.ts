import { expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { migrate } from '../../src/journal/migrate.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { olderJournal } from './older-journal.js';

/** Dies in the last step, once that is done: all but the commit. */
const DIES = `
  import { LATEST, migrate } from './src/journal/migrate.js';
  import { migrations } from './src/journal/migrations.js';
  import { openSqlite } from './src/journal/sqlite.js';
  import { systemClock } from './src/rotation/clock.js';
  const { up } = migrations[LATEST];
  migrations[LATEST] = { up: async (db) => { await up(db); process.kill(process.pid, 'SIGKILL'); } };
  await migrate(openSqlite(process.argv[1], systemClock).db);
`;

const tablesOf = (file: string): unknown[] => {
  const database = new DatabaseSync(file);
  const tables = database
    .prepare("select name, sql from sqlite_schema where name not like '%kysely%' order by name")
    .all();
  database.close();
  return tables;
};

it('a migration of a file whose process is killed leaves it as it was, and succeeds the next time', async () => {
  const { folder, file } = await olderJournal('first.sql');
  const before = tablesOf(file);
  const program = ['--import', 'tsx', '--input-type=module', '--eval', DIES, file];
  const killed = spawn(process.execPath, program, { stdio: 'ignore' });
  expect(await once(killed, 'exit')).toEqual([null, 'SIGKILL']);
  expect(tablesOf(file)).toEqual(before);
  const again = openSqlite(file, new VirtualClock());
  expect(await migrate(again.db)).toMatchObject({ from: '0001_runs_and_entries' });
  await again.db.destroy();
  await rm(folder, { recursive: true });
});

it('a migration of a file that fails in the middle leaves it as it was, and succeeds once that is mended', async () => {
  const { folder, file } = await olderJournal('first.sql');
  const planted = new DatabaseSync(file);
  planted.exec('create index run_by_number on run (seq)');
  planted.close();
  const first = openSqlite(file, new VirtualClock());
  await expect(migrate(first.db)).rejects.toThrow(/run_by_number already exists/);
  await first.db.destroy();
  const mended = new DatabaseSync(file);
  const columns = mended.prepare("select name from pragma_table_info('run')").all();
  expect(columns).not.toContainEqual({ name: 'head' });
  mended.exec('drop index run_by_number');
  mended.close();
  const second = openSqlite(file, new VirtualClock());
  expect(await migrate(second.db)).toMatchObject({ from: '0001_runs_and_entries' });
  await second.db.destroy();
  await rm(folder, { recursive: true });
});
