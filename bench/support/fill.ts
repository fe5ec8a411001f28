import { closeSync, fsyncSync, openSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { sql } from 'kysely';
import type { Database } from '../../src/journal/database.js';
import type { PastRuns } from './past-runs.js';

const BATCH = 2_000;

/** Past the journal, which would make each run durable by itself: into its tables, while nobody else has the file. */
export function fillSqlite(file: string, runs: PastRuns, count: number): void {
  using database = new DatabaseSync(file);
  database.exec('PRAGMA synchronous=OFF; PRAGMA cache_size=-400000; BEGIN');
  for (let done = 0; done < count; done += BATCH) {
    const past = Array.from({ length: Math.min(BATCH, count - done) }, () => runs.next());
    insertAll(
      database,
      'run',
      past.map(({ row }) => row),
    );
    insertAll(
      database,
      'entry',
      past.flatMap(({ entries }) => entries),
    );
    insertAll(
      database,
      'token_version',
      past.flatMap(({ tokens }) => tokens),
    );
  }
  database.exec('COMMIT; ANALYZE');
  // Or whoever is measured next would wait for the disk in its stead.
  syncFile(file);
}

function syncFile(file: string): void {
  const descriptor = openSync(file, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

function insertAll(
  database: DatabaseSync,
  table: string,
  rows: readonly Readonly<Record<string, SQLInputValue>>[],
): void {
  const columns = Object.keys(rows[0] ?? {});
  const values = columns.map((column) => `:${column}`);
  const insert = database.prepare(`insert into ${table} (${columns.join()}) values (${values.join()})`);
  for (const row of rows) insert.run(row);
}

export async function fillPostgres({ db }: Database, runs: PastRuns, count: number): Promise<void> {
  for (let done = 0; done < count; done += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, count - done) }, () => runs.next());
    const rows = JSON.stringify(batch.map(({ row }) => row));
    const entries = JSON.stringify(batch.flatMap((past) => past.entries));
    const tokens = JSON.stringify(batch.flatMap((past) => past.tokens));
    await sql`insert into run select * from json_populate_recordset(null::run, ${rows}::json)`.execute(db);
    await sql`insert into entry select * from json_populate_recordset(null::entry, ${entries}::json)`.execute(
      db,
    );
    await sql`insert into token_version select * from json_populate_recordset(null::token_version, ${tokens}::json)`.execute(
      db,
    );
  }
  await db.connection().execute(async (one) => {
    // The journal gives a statement a few seconds; these have all the time that they need.
    await sql`set statement_timeout = 0`.execute(one);
    // What autovacuum and the next checkpoint do in time: whoever is measured next would share the disk with them.
    await sql`vacuum analyze run`.execute(one);
    await sql`vacuum analyze entry`.execute(one);
    await sql`checkpoint`.execute(one);
  });
}
