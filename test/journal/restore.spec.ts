import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { restore } from '../../src/journal/restore.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import { rotorHere } from '../cli/in-process.js';
import { claimedRun } from '../contracts/journal.contract.js';
import { VirtualClock } from '../fakes/virtual-clock.js';

const NOW = Date.UTC(2026, 10, 29, 12);

describe('a backup that is restored', () => {
  const clock = new VirtualClock();
  let folder: string;
  let journal: string;
  let backup: string;

  const opened = async () => KyselyJournal.open(openSqlite(journal, clock), clock);
  const rotationsIn = async () => {
    const open = await opened();
    const runs = await open.list({ limit: 10 });
    await open.close();
    return runs.map(({ rotation }) => rotation);
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rotor-restore-'));
    [journal, backup] = [join(folder, 'journal.db'), join(folder, 'backup.db')];
    const open = await opened();
    await claimedRun(open, { rotation: 'before', storeKey: 'before' });
    await open.backup(backup);
    await claimedRun(open, { rotation: 'after', storeKey: 'after' });
    await open.close();
  });
  afterEach(async () => rm(folder, { recursive: true }));

  it('takes the place of the journal, which is kept beside it', async () => {
    const aside = `${journal}-before-2026-11-29T120000.000Z`;
    expect(restore(backup, journal, NOW)).toEqual({ aside, runs: 1, newestAt: expect.any(Number) });
    expect(await rotationsIn()).toEqual(['before']);
    expect(restore(aside, journal, NOW + 1)).toMatchObject({ runs: 2 });
    expect((await rotationsIn()).toSorted()).toEqual(['after', 'before']);
    expect(readdirSync(folder).filter((name) => name.endsWith('-restoring'))).toEqual([]);
  });

  it('takes the place of one that is damaged, with its log', async () => {
    await truncate(journal, 5_000);
    writeFileSync(`${journal}-wal`, 'of the one that is damaged');
    const { aside = '' } = restore(backup, journal, NOW);
    expect([existsSync(aside), existsSync(`${aside}-wal`)]).toEqual([true, true]);
    expect(await rotationsIn()).toEqual(['before']);
  });

  it('leaves a damaged one and its log where they are if it cannot be kept', async () => {
    await truncate(journal, 5_000);
    writeFileSync(`${journal}-wal`, 'of the one that is damaged');
    writeFileSync(`${journal}-before-2026-11-29T120000.000Z`, 'of another restore');
    expect(() => restore(backup, journal, NOW)).toThrow(/EEXIST/);
    // What of its log nothing can be read from, SQLite empties as it opens the journal.
    expect([existsSync(`${journal}-wal`), statSync(journal).size]).toEqual([true, 5_000]);
  });

  it('begins a journal where there is none', async () => {
    await rm(journal);
    expect(restore(backup, journal, NOW)).toEqual({ runs: 1, newestAt: expect.any(Number) });
    expect(await rotationsIn()).toEqual(['before']);
  });

  it('is refused while a Rotor has the journal, and that goes on with it', async () => {
    const open = await opened();
    expect(() => restore(backup, journal, NOW)).toThrow(/is in use by another process/);
    const typed = ['restore', backup, '--state-dir', folder];
    const { stderr } = await rotorHere(typed, { HOME: folder });
    expect(stderr).toMatch(new RegExp(`\nnext: rotor ${typed.join(' ')}, once that is mended\n$`));
    expect(await open.list({ limit: 10 })).toHaveLength(2);
    await open.close();
    expect(await rotationsIn()).toHaveLength(2);
  });

  const another = (...statements: string[]) => {
    const file = join(folder, 'another.db');
    const database = new DatabaseSync(file);
    for (const statement of statements) database.exec(statement);
    database.close();
    return file;
  };

  it.each<[string, () => string | Promise<string>, RegExp]>([
    ['is not there', () => join(folder, 'nope'), /nope cannot be read \(ENOENT\)/],
    ['is a folder', () => folder, /cannot be read|is damaged, or no journal/],
    [
      'is a text',
      async () => {
        await writeFile(join(folder, 'text'), 'x'.repeat(9_000));
        return join(folder, 'text');
      },
      /text is damaged, or no journal/,
    ],
    ['is another database', () => another('create table shop (id)'), /is no journal of Rotor/],
    [
      'a newer version has written',
      () =>
        another(
          'create table run (id)',
          'create table kysely_migration (name)',
          "insert into kysely_migration values ('9999_later')",
        ),
      /\(9999_later\) was written by a newer version of Rotor/,
    ],
    ['is the journal itself', () => journal, /is the journal itself/],
    [
      'has a log beside it',
      () => {
        writeFileSync(`${backup}-wal`, 'x');
        return backup;
      },
      /has a log beside it .* without which it is not whole/,
    ],
  ])('is refused where it %s, and the journal is as it was', async (_, file, said) => {
    const asked = await file();
    expect(() => restore(asked, journal, NOW)).toThrow(said);
    expect((await rotationsIn()).toSorted()).toEqual(['after', 'before']);
  });

  it('says from the command line what holds now and what is next', async () => {
    const env = { HOME: folder, ROTOR_STATE_DIR: folder };
    const { exit, stdout } = await rotorHere(['restore', backup], env);
    expect([exit, stdout]).toEqual([
      0,
      expect.stringMatching(/is .*backup\.db now: 1 run, the newest of .*next: rotor serve/s),
    ]);
    const postgres = await rotorHere(['restore', backup], { ...env, DATABASE_URL: 'postgres://here/rotor' });
    expect([postgres.exit, postgres.stderr]).toEqual([
      2,
      expect.stringContaining('the journal is in PostgreSQL'),
    ]);
  });
});
