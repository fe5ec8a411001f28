import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import type { Subscribed } from '../../src/journal/notifications.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import { systemClock } from '../../src/rotation/clock.js';
import { Migrator, type Migration } from 'kysely/migration';
import { migrations } from '../../src/journal/migrations.js';
import { approvalEndsContract } from '../contracts/journal-approval-ends.contract.js';
import { approvalsContract } from '../contracts/journal-approvals.contract.js';
import { askedInVainContract } from '../contracts/journal-asked-in-vain.contract.js';
import { auditContract } from '../contracts/journal-audit.contract.js';
import { callbacksContract } from '../contracts/journal-callbacks.contract.js';
import { filingContract } from '../contracts/journal-filing.contract.js';
import { historyContract } from '../contracts/journal-history.contract.js';
import { leasesContract } from '../contracts/journal-leases.contract.js';
import { notificationsContract } from '../contracts/journal-notifications.contract.js';
import { requestsContract } from '../contracts/journal-requests.contract.js';
import { aRun, journalContract, type JournalHarness } from '../contracts/journal.contract.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { Interrupted } from './interrupted.js';

const folders: string[] = [];

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'rotor-journal-'));
  folders.push(made);
  return made;
}

afterEach(async () => {
  for (const made of folders.splice(0)) await rm(made, { recursive: true });
});

async function onSqlite(clock: VirtualClock, subscribed: Subscribed = () => []): Promise<JournalHarness> {
  const file = join(await folder(), 'journal.db');
  let interrupted = new Interrupted(openSqlite(file, clock));
  let { database } = interrupted;
  let journal = await KyselyJournal.open(database, clock, { subscribed });
  return {
    get journal() {
      return journal;
    },
    reopen: async () => {
      await journal.close();
      interrupted = new Interrupted(openSqlite(file, clock));
      ({ database } = interrupted);
      journal = await KyselyJournal.open(database, clock, { subscribed });
      return journal;
    },
    meanwhile: (work) => interrupted.afterEach(work),
    tamper: async (text) => void (await sql.raw(text).execute(database.db)),
    passLease: async (ms) => (ms < 0 ? clock.stepWall(ms) : clock.advance(ms)),
    close: async () => journal.close(),
  };
}

journalContract('on SQLite', onSqlite);
leasesContract('on SQLite', onSqlite);
requestsContract('on SQLite', onSqlite);
historyContract('on SQLite', onSqlite);
filingContract('on SQLite', onSqlite, { isShared: false });
auditContract('on SQLite', onSqlite);
notificationsContract('on SQLite', onSqlite);
callbacksContract('on SQLite', onSqlite);
approvalsContract('on SQLite', onSqlite);
askedInVainContract('on SQLite', onSqlite);
approvalEndsContract('on SQLite', onSqlite);

describe('the SQLite file', () => {
  it('is refused to a second one who opens it, with a sentence that says what to do', async () => {
    const file = join(await folder(), 'journal.db');
    const first = await KyselyJournal.open(openSqlite(file, systemClock), systemClock);
    expect(() => openSqlite(file, systemClock)).toThrow(/in use by another process/);
    await first.close();
    openSqlite(file, systemClock);
  });

  it('is refused when it is something else', async () => {
    const file = join(await folder(), 'journal.db');
    await writeFile(file, 'not a database, but a letter to the operator '.repeat(40));
    expect(() => openSqlite(file, systemClock)).toThrow(/damaged, or no journal/);
  });

  it('is copied while it is in use; the copy goes on where the first one was', async () => {
    const [file, copy] = [join(await folder(), 'journal.db'), join(await folder(), 'copy.db')];
    const journal = await KyselyJournal.open(openSqlite(file, systemClock), systemClock);
    const run = await journal.open(aRun());
    await journal.backup(copy);
    await expect(journal.backup(copy)).rejects.toMatchObject({ code: 'journal_unavailable' });
    await journal.close();
    const restored = await KyselyJournal.open(openSqlite(copy, systemClock), systemClock);
    expect(await restored.claim()).toMatchObject({ runId: run.id });
    expect(await restored.verify()).toMatchObject({ runs: 1, faults: [] });
    await restored.close();
    expect((await stat(copy)).mode & 0o777).toBe(0o600);
  });

  it('is refused when a page of it is damaged', async () => {
    const file = join(await folder(), 'journal.db');
    const journal = await KyselyJournal.open(openSqlite(file, systemClock), systemClock);
    for (let run = 0; run < 40; run += 1)
      await journal.open(aRun({ rotation: `rotation ${run}`, storeKey: `store:${run}` }));
    await journal.close();
    const bytes = await readFile(file);
    bytes.fill(0xff, bytes.length - 9_000, bytes.length - 5_000);
    await writeFile(file, bytes);
    expect(() => openSqlite(file, systemClock)).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/damaged.*Tree \d+ page \d+/),
        hint: expect.any(String),
      }),
    );
  });

  it('says so when it can be read and no longer written, and takes no run', async () => {
    const database = openSqlite(join(await folder(), 'journal.db'), systemClock);
    const journal = await KyselyJournal.open(database, systemClock);
    const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(database.db);
    // As on a disk that is full: SQLite's own error, from SQLite itself.
    await sql.raw(`pragma max_page_count = ${rows[0]?.page_count}`).execute(database.db);
    const open = async (run: number) =>
      journal.open(aRun({ rotation: `rotation ${run}`, storeKey: `store:${run}`, spec: 'x'.repeat(9_000) }));
    await expect(open(1)).rejects.toMatchObject({
      code: 'journal_unavailable',
      message: expect.stringContaining('full'),
    });
    expect(await journal.list({ limit: 9 })).toEqual([]);
    await journal.close();
  });

  it('of the version before is taken over: its unfinished runs go on, and its log is chained', async () => {
    const file = join(await folder(), 'journal.db');
    const before = openSqlite(file, systemClock);
    const first = { '0001_runs_and_entries': migrations['0001_runs_and_entries'] as Migration };
    await new Migrator({ db: before.db, provider: { getMigrations: async () => first } }).migrateToLatest();
    const run = { ...aRun(), id: 'run_old', state: { state: 'preparing' }, startedAt: 1 };
    const body = JSON.stringify(run).replaceAll("'", "''");
    await sql
      .raw(
        `insert into run (id, rotation, mode, store_key, active, ended, started_at, seq, epoch, lease_until, body)
         values ('run_old', 'checkout', 'rotate', 'store:checkout', 1, 0, 1, 1, 0, 0, '${body}')`,
      )
      .execute(before.db);
    await sql
      .raw(`insert into entry values ('run_old', 1, 1, '{"state":{"state":"preparing"}}')`)
      .execute(before.db);
    await before.db.destroy();

    const journal = await KyselyJournal.open(openSqlite(file, systemClock), systemClock);
    const claim = await journal.claim();
    expect(claim).toMatchObject({ runId: 'run_old' });
    if (claim) await journal.append(claim, { note: 'going on' });
    await journal.open(aRun({ rotation: 'other', storeKey: 'store:other' }));
    expect(await journal.verify()).toMatchObject({ runs: 2, entries: 3, faults: [] });
    await journal.close();
  });

  it('of a newer version is refused, with a sentence that says what to do', async () => {
    const file = join(await folder(), 'journal.db');
    const newer = openSqlite(file, systemClock);
    const later = { ...migrations, '9999_later': { up: async () => {} } };
    await new Migrator({ db: newer.db, provider: { getMigrations: async () => later } }).migrateToLatest();
    await newer.db.destroy();
    await expect(KyselyJournal.open(openSqlite(file, systemClock), systemClock)).rejects.toMatchObject({
      code: 'journal_unavailable',
      message: expect.stringMatching(/9999_later.*newer version/),
      hint: expect.stringContaining('newer'),
    });
  });
});
