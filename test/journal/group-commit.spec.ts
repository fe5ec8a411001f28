import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, sql, SqliteDialect } from 'kysely';
import { GroupCommit } from '../../src/journal/group-commit.js';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import { IN_MEMORY } from '../../src/journal/sqlite-file.js';
import type { Tables } from '../../src/journal/tables.js';
import { RotorError } from '../../src/rotation/errors.js';
import { aRun } from '../contracts/journal.contract.js';
import { VirtualClock } from '../fakes/virtual-clock.js';

const ROTATIONS = ['one', 'three', 'two'];

describe('writes that come at one time', () => {
  let db: Kysely<Tables>;
  let commits: GroupCommit;
  const said: string[] = [];

  beforeEach(async () => {
    said.length = 0;
    const database = new DatabaseSync(IN_MEMORY);
    db = new Kysely<Tables>({
      dialect: new SqliteDialect({
        database: {
          close: () => database.close(),
          prepare: (text) => {
            said.push(text);
            const statement = database.prepare(text);
            return {
              reader: statement.columns().length > 0,
              all: (values) => statement.all(...(values as string[])),
              run: (values) => statement.run(...(values as string[])),
              iterate: (values) => statement.iterate(...(values as string[])),
            };
          },
        },
      }),
    });
    await sql`create table rotation (name text primary key, first_seen_at integer not null)`.execute(db);
    commits = new GroupCommit(db);
  });
  afterEach(async () => db.destroy());

  const add = async (name: string, fails?: Error): Promise<void> =>
    commits.transaction(async (tx) => {
      await tx.insertInto('rotation').values({ name, first_seen_at: 1 }).execute();
      if (fails) throw fails;
    });
  const names = async (): Promise<string[]> =>
    (await db.selectFrom('rotation').select('name').execute()).map(({ name }) => name);
  const commitsMade = (): number => said.filter((text) => text === 'commit').length;

  it('share one commit', async () => {
    await Promise.all(ROTATIONS.map(async (name) => add(name)));
    expect(await names()).toEqual(ROTATIONS);
    expect(commitsMade()).toBe(1);
  });

  it('are told what became of each of them: one that is refused leaves nothing, and the others stay', async () => {
    const refused = new RotorError('rotation_in_progress', 'somebody was quicker');
    const all = await Promise.allSettled([add('one'), add('two', refused), add('three')]);
    expect(all.map((one) => (one.status === 'rejected' ? (one.reason as unknown) : 'written'))).toEqual([
      'written',
      refused,
      'written',
    ]);
    expect(await names()).toEqual(['one', 'three']);
    expect(commitsMade()).toBe(1);
  });

  it('are written one by one where the storage fails, so that only what it refuses fails', async () => {
    const failing = new RotorError('journal_unavailable', 'this page is damaged');
    const all = await Promise.allSettled([add('one'), add('two', failing), add('three')]);
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await names()).toEqual(['one', 'three']);
  });

  it('are not written a second time after a commit of which nobody knows whether it worked', async () => {
    await sql`create table deferred (name text references rotation (name) deferrable initially deferred)`.execute(
      db,
    );
    await sql`pragma foreign_keys = on`.execute(db);
    const dangling = commits.transaction(async (tx) =>
      sql`insert into deferred values ('nobody')`.execute(tx),
    );
    const all = await Promise.allSettled([add('one'), dangling]);
    expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await names()).toEqual([]);
  });

  it('do not hold back what is asked after them', async () => {
    await Promise.all(Array.from({ length: 40 }, async (_, index) => add(`rotation ${index}`)));
    expect(await names()).toHaveLength(40);
    expect(commitsMade()).toBe(5);
  });
});

describe('the journal in SQLite', () => {
  it('keeps the run that is whole where its neighbour in the same moment is refused', async () => {
    const clock = new VirtualClock();
    const journal = await KyselyJournal.open(openSqlite(IN_MEMORY, clock), clock);
    const runs = await Promise.allSettled([
      journal.open(aRun()),
      journal.open(aRun()),
      journal.open(aRun({ rotation: 'other', storeKey: 'store:other' })),
    ]);
    expect(runs.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await journal.list({ limit: 10 })).toHaveLength(2);
    expect(await journal.verify()).toMatchObject({ runs: 2, faults: [] });
    await journal.close();
  });
});
