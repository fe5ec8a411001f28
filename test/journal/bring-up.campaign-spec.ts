import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import pg from 'pg';
import { bringUpToDate, migratePatiently } from '../../src/journal/bring-up.js';
import type { Database } from '../../src/journal/database.js';
import { LATEST, migrate } from '../../src/journal/migrate.js';
import { openPostgres } from '../../src/journal/postgres.js';
import type { Secret } from '../../src/rotation/secret.js';
import { until } from '../fakes/until.js';
import { nameIn } from './postgres-server.js';
import { startPostgres, type Postgres } from './postgres.js';

/** Of kysely's migrator, in its postgres-adapter.ts: LOCK_ID. */
const MIGRATING = '3853314791062309107';

(startPostgres ? describe : describe.skip)('what is due in a journal in PostgreSQL', () => {
  let server: Postgres;
  let url: Secret;
  /** Of a service that works already. */
  let older: Database;
  /** Has the table that the step which is due changes. */
  let other: pg.Client;

  beforeAll(async () => {
    if (startPostgres) server = await startPostgres({ isDurable: false });
  });
  beforeEach(async () => {
    url = await server.database();
    older = await openPostgres(url);
    await migrate(older.db);
    await sql`delete from kysely_migration where name = ${LATEST}`.execute(older.db);
    other = new pg.Client({ connectionString: url.reveal() });
    await other.connect();
    await other.query('begin');
    await other.query('lock table request in access share mode');
  });
  afterEach(async () => {
    await other.end();
    await older.signals.close();
    await older.db.destroy();
    await server.dropAll();
  });
  afterAll(async () => server.stop());

  const isWaitedFor = async (lock: 'relation' | 'advisory'): Promise<void> =>
    until(`somebody waits for a lock (${lock})`, async () => {
      const { rows } = await other.query('select 1 from pg_locks where not granted and locktype = $1', [
        lock,
      ]);
      return rows.length > 0;
    });

  it('waits for a table that somebody reads for long, and keeps it from nobody meanwhile', async () => {
    const migrated = migratePatiently(url, new AbortController().signal);
    await isWaitedFor('relation');
    const found = await sql<{ readonly runs: number }>`select count(*) as runs from request`.execute(
      older.db,
    );
    expect(found.rows).toEqual([{ runs: 0 }]);
    await other.query('commit');
    expect(await migrated).toMatchObject({ steps: [LATEST] });
  });

  it('is given up at once where the service is told to end while another replica does it', async () => {
    await other.query(`select pg_advisory_lock(${MIGRATING})`);
    const ending = new AbortController();
    const said: string[] = [];
    const say = async ({ message }: Error) => void said.push(message);
    const due = bringUpToDate(older, url, { say, signal: ending.signal });
    const told = isWaitedFor('advisory').then(() => ending.abort());
    await expect(due).rejects.toMatchObject({ code: 'journal_unavailable' });
    await told;
    expect(said).toEqual([expect.stringContaining(`to ${LATEST} before anything starts`)]);
  });

  it('may take longer than the database lets a statement take', async () => {
    await other.query('commit');
    await other.query(`alter database ${nameIn(url)} set statement_timeout = '50ms'`);
    const patient = await openPostgres(url, { isPatient: true });
    const slept = await sql`select true as slept from pg_sleep(0.2)`.execute(patient.db);
    expect(slept.rows).toEqual([{ slept: true }]);
    await patient.signals.close();
    await patient.db.destroy();
  });
});
