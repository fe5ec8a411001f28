import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { Database } from '../../src/journal/database.js';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import { IN_MEMORY } from '../../src/journal/sqlite-file.js';
import { aRun, claimedRun, refused } from '../contracts/journal.contract.js';
import { VirtualClock } from '../fakes/virtual-clock.js';

/** More than are read at once of several runs together. */
const MANY = 1_200;

describe('a run with more entries than are read at once', () => {
  let database: Database;
  let journal: KyselyJournal;

  beforeEach(async () => {
    const clock = new VirtualClock();
    database = openSqlite(IN_MEMORY, clock);
    journal = await KyselyJournal.open(database, clock);
    for (const notes of [1, MANY, 1]) {
      const { claim } = await claimedRun(journal);
      await Promise.all(
        Array.from({ length: notes }, async (_, index) => journal.append(claim, { note: `look ${index}` })),
      );
      await journal.append(claim, { state: refused });
    }
    await journal.open(aRun());
  });
  afterEach(async () => journal.close());

  it('is verified as any other, and so are those before and after it', async () => {
    expect(await journal.verify()).toMatchObject({ runs: 4, entries: 3 + MANY + 2 + 3 + 1, faults: [] });
  });

  it.each([
    [2, MANY],
    [3, 2],
  ])('hides nothing that was changed: run %i, entry %i', async (number, seq) => {
    const run = sql`(select id from run where number = ${number})`;
    await sql`update entry set at = at - 1 where seq = ${seq} and run_id = ${run}`.execute(database.db);
    expect((await journal.verify()).faults).toEqual([expect.objectContaining({ seq })]);
  });
});
