import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { Secret } from '../../src/rotation/secret.js';
import { migrate } from '../../src/journal/migrate.js';
import { openPostgres } from '../../src/journal/postgres.js';
import { startPostgres, type Postgres } from './postgres.js';

/** Of kysely's migrator, in its postgres-adapter.ts: LOCK_ID. */
const MIGRATING = '3853314791062309107';
/** Longer than the service lets a statement take, and a server say nothing. */
const LONG_S = 9;

(startPostgres ? describe : describe.skip)('rotor migrate, of a journal in PostgreSQL,', () => {
  let server: Postgres;
  let url: Secret;
  beforeAll(async () => {
    if (startPostgres) server = await startPostgres({ isDurable: false });
    url = await server.database();
  });
  afterAll(async () => server.stop());

  it('waits as long as another takes, and then finds what that has left to do', async () => {
    const other = new pg.Client({ connectionString: url.reveal() });
    await other.connect();
    await other.query(`select pg_advisory_lock(${MIGRATING})`);
    const { db, signals } = await openPostgres(url, { isPatient: true });
    const migrated = migrate(db);
    await other.query(`select pg_sleep(${LONG_S})`);
    await other.end();
    expect((await migrated).steps.length).toBeGreaterThan(0);
    await signals.close();
    await db.destroy();
  }, 30_000);
});
