import { expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { migrate } from '../../src/journal/migrate.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { olderJournal } from './older-journal.js';

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
