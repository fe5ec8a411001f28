import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { Database } from '../../src/journal/database.js';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { LATEST, migrate } from '../../src/journal/migrate.js';
import { openPostgres } from '../../src/journal/postgres.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import { Secret } from '../../src/rotation/secret.js';
import { rotorHere } from '../cli/in-process.js';
import { claimedRun } from '../contracts/journal.contract.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { olderJournal } from './older-journal.js';
import { startPostgres, type Postgres } from './postgres.js';

const NEWER = "insert into kysely_migration values ('9999_later', '2030-01-01T00:00:00.000Z')";
/** As form-3.sql was left. */
const THEN = '0011_callbacks';

const closed = async ({ db, signals }: Database): Promise<void> => {
  await signals.close();
  await db.destroy();
};

describe('rotor migrate, of a journal in a file,', () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    ({ folder, file } = await olderJournal('form-3.sql'));
  });
  afterEach(async () => rm(folder, { recursive: true }));

  const rotor = async (...flags: string[]) => rotorHere(flags, { HOME: folder, ROTOR_STATE_DIR: folder });
  const changed = (statement: string): void => {
    const database = new DatabaseSync(file);
    database.exec(statement);
    database.close();
  };

  it('brings an older one to this version, says from which, and does nothing the second time', async () => {
    expect(await rotor('migrate')).toMatchObject({
      exit: 0,
      stdout: expect.stringMatching(
        new RegExp(
          `journal\\.db was brought from ${THEN} to ${LATEST}, \\d+ steps:\\n  0012.*next: rotor serve`,
          's',
        ),
      ),
    });
    const again = await rotor('migrate', '-o', 'json');
    expect([again.exit, JSON.parse(again.stdout)]).toEqual([
      0,
      expect.objectContaining({ journal: file, from: LATEST, to: LATEST, steps: [], changed: false }),
    ]);
    expect(await rotor('migrate', '--check')).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining(`is up to date (${LATEST})`),
    });
  });

  it.each(['--check', '--dry-run'])(
    'with %s says what is due, with exit code 3, and changes nothing',
    async (flag) => {
      // As Rotor leaves it.
      changed('pragma journal_mode = wal');
      const before = await readFile(file);
      const { exit, stdout } = await rotor('migrate', flag, '-o', 'json');
      expect([exit, JSON.parse(stdout)]).toEqual([
        3,
        expect.objectContaining({
          from: THEN,
          to: LATEST,
          steps: expect.arrayContaining([LATEST]),
          changed: false,
        }),
      ]);
      expect((await rotor('migrate', flag)).stdout).toMatch(
        /brings .* from 0011_callbacks to .*next: rotor migrate/s,
      );
      expect(await readFile(file)).toEqual(before);
    },
  );

  it('begins one where there is none, and only looked at makes none', async () => {
    const fresh = join(folder, 'fresh');
    const looked = await rotor('migrate', '--check', '--state-dir', fresh);
    expect([looked.exit, looked.stdout, existsSync(fresh)]).toEqual([
      3,
      expect.stringContaining('has no tables yet'),
      false,
    ]);
    expect(await rotor('migrate', '--state-dir', fresh)).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining('was begun'),
    });
    expect((await rotor('migrate', '--check', '--state-dir', fresh)).exit).toBe(0);
  });

  it.each(['nonsense', 'mysql://here/rotor', 'here:5432/rotor'])(
    'is refused where DATABASE_URL is %s, and asks nobody',
    async (url) => {
      expect(await rotorHere(['migrate', '--check'], { HOME: folder, DATABASE_URL: url })).toMatchObject({
        exit: 2,
        stderr: expect.stringContaining(
          'rotor: DATABASE_URL is no postgres:// URL.\nhint: Check DATABASE_URL',
        ),
      });
    },
  );

  it('names next the command for the very journal that it was about', async () => {
    const where = ['--config', join(folder, 'none.yaml'), '--state-dir', folder];
    const looked = await rotor('migrate', '--check', ...where);
    expect(looked.stdout).toMatch(new RegExp(`\nnext: rotor migrate ${where.join(' ')}\n$`));
    expect((await rotor('migrate', ...where)).stdout).toMatch(
      new RegExp(`\nnext: rotor serve ${where.join(' ')}\n$`),
    );
  });

  it.each([{ flags: [] }, { flags: ['--check'] }])(
    'is refused with $flags while a service has it',
    async ({ flags }) => {
      const running = openSqlite(file, new VirtualClock());
      expect(await rotor('migrate', ...flags)).toMatchObject({
        exit: 1,
        stdout: '',
        stderr: expect.stringContaining(`${file} is in use by another process`),
      });
      await closed(running);
    },
  );

  it.each([{ flags: [] }, { flags: ['--check'] }])(
    'is refused with $flags where a newer Rotor has written it',
    async ({ flags }) => {
      changed(NEWER);
      expect(await rotor('migrate', ...flags)).toMatchObject({
        exit: 1,
        stdout: '',
        stderr: expect.stringContaining('(9999_later) was written by a newer version of Rotor'),
      });
    },
  );
});

(startPostgres ? describe : describe.skip)('rotor migrate, of a journal in PostgreSQL,', () => {
  let server: Postgres;
  let url: Secret;
  let home: string;

  beforeAll(async () => {
    if (startPostgres) server = await startPostgres({ isDurable: false });
    home = await mkdtemp(join(tmpdir(), 'rotor-migrate-'));
  });
  beforeEach(async () => {
    url = await server.database();
  });
  afterEach(async () => server.dropAll());
  afterAll(async () => {
    await server.stop();
    await rm(home, { recursive: true });
  });

  const rotor = async (...flags: string[]) =>
    rotorHere(['migrate', ...flags], { HOME: home, DATABASE_URL: url.reveal() });
  const asked = async (...statements: string[]): Promise<unknown[]> => {
    const client = new pg.Client({ connectionString: url.reveal() });
    await client.connect();
    let rows: unknown[] = [];
    for (const statement of statements) ({ rows } = await client.query(statement));
    await client.end();
    return rows;
  };

  it('brings it to this version once, says what is due before, and shows nothing of its URL', async () => {
    const [withPassword, password] = [new URL(url.reveal()), randomBytes(16).toString('hex')];
    // Of the test's own server, which asks for none.
    if (server.isOurs) withPassword.password = password;
    url = new Secret(withPassword.href);
    const before = await rotor('--check');
    expect(before).toMatchObject({ exit: 3, stdout: expect.stringContaining('has no tables yet') });
    expect(await asked("select 1 from information_schema.tables where table_schema = 'public'")).toEqual([]);
    const done = await rotor();
    expect(done).toMatchObject({ exit: 0, stdout: expect.stringContaining('was begun') });
    expect(await rotor('--check')).toMatchObject({ exit: 0 });
    withPassword.port = '1';
    url = new Secret(withPassword.href);
    const away = await rotor();
    expect(away).toMatchObject({ exit: 1, stderr: expect.stringContaining('PostgreSQL cannot be reached') });
    for (const { stdout, stderr } of [before, done, away])
      for (const secret of [password, withPassword.href]) expect(stdout + stderr).not.toContain(secret);
    for (const { stdout, stderr } of [before, done])
      expect(stdout + stderr).not.toContain(withPassword.hostname);
  });

  it('by several at once is done by one of them', async () => {
    const several = await Promise.all([1, 2, 3].map(async () => openPostgres(url, { isPatient: true })));
    const done = await Promise.all(several.map(async ({ db }) => migrate(db)));
    await Promise.all(several.map(closed));
    expect(done.filter(({ steps }) => steps.length > 0)).toHaveLength(1);
  });

  it('is refused where a newer Rotor has written it', async () => {
    await rotor();
    await asked(NEWER);
    for (const flags of [[], ['--check']])
      expect(await rotor(...flags)).toMatchObject({
        exit: 1,
        stderr: expect.stringContaining('(9999_later) was written by a newer version of Rotor'),
      });
  });

  it('lets a service work whose own role may change no tables, which else waits and says what to do', async () => {
    const [role, password] = [`rotor_${randomBytes(6).toString('hex')}`, randomBytes(16).toString('hex')];
    await asked(
      `create role ${role} login password '${password}'`,
      'revoke create on schema public from public',
    );
    const itsOwn = new URL(url.reveal());
    [itsOwn.username, itsOwn.password] = [role, password];
    const opened = async () =>
      KyselyJournal.open(await openPostgres(new Secret(itsOwn.href)), new VirtualClock(), {
        subscribed: () => [],
      });
    await expect(opened()).rejects.toMatchObject({
      code: 'journal_unavailable',
      retryable: true,
      hint: expect.stringContaining('rotor migrate'),
    });
    await rotor();
    await asked(`grant select, insert, update, delete on all tables in schema public to ${role}`);
    const journal = await opened();
    await claimedRun(journal);
    expect(await journal.list({ limit: 10 })).toHaveLength(1);
    await journal.close();
    await asked(`drop owned by ${role}`, `drop role ${role}`);
  });
});
