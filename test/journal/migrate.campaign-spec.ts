import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { loadConfig } from '../../src/config/index.js';
import type { Secret } from '../../src/rotation/secret.js';
import { StorageOpener } from '../../src/storage.js';
import { LATEST, migrate } from '../../src/journal/migrate.js';
import { openPostgres } from '../../src/journal/postgres.js';
import { startPostgres, type Postgres } from './postgres.js';

/** Of kysely's migrator, in its postgres-adapter.ts: LOCK_ID. */
const MIGRATING = '3853314791062309107';
/** Longer than the service lets a statement take, and a server say nothing. */
const LONG_S = 9;
const config = loadConfig('deploy/rotor.minimal.yaml');

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

  it('so does the service at its start, and says why it takes long', async () => {
    const stateDir = await mkdtemp(join(tmpdir(), 'rotor-bring-up-'));
    const older = await openPostgres(url);
    await migrate(older.db);
    await older.db
      .deleteFrom('kysely_migration' as never)
      .where('name' as never, '=', LATEST as never)
      .execute();
    // The step that was taken away works on a table that is there, under its name.
    const other = new pg.Client({ connectionString: url.reveal() });
    await other.connect();
    await other.query('begin');
    await other.query('lock table request');
    const opener = new StorageOpener({ ...config, stateDir }, { DATABASE_URL: url.reveal() });
    const said: string[] = [];
    const say = async ({ message }: Error) => void said.push(message);
    const opening = opener.open({ say, signal: new AbortController().signal });
    await other.query(`select pg_sleep(${LONG_S})`);
    await other.query('commit');
    await other.end();
    await opener.close(await opening);
    expect(said).toEqual([expect.stringContaining(`to ${LATEST} before anything starts`)]);
    await older.signals.close();
    await older.db.destroy();
    await rm(stateDir, { recursive: true });
  }, 30_000);
});
