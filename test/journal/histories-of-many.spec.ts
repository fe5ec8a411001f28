import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CompiledQuery } from 'kysely';
import type { Database } from '../../src/journal/database.js';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import { VirtualClock } from '../fakes/virtual-clock.js';

/** Of the runs of all rotations: through one of these, a look at each rotation reads the runs of all. */
const OF_ALL = /\brun USING (COVERING )?INDEX run_by_(mode|time|outcome|starter|number)\b|SCAN run\b/;
const READS = /^\s*(select|with)\b.*\brun\b/is;

describe('what the schedule asks SQLite of many rotations', () => {
  let database: Database;
  let journal: KyselyJournal;

  beforeEach(async () => {
    const clock = new VirtualClock();
    database = openSqlite(':memory:', clock);
    journal = await KyselyJournal.open(database, clock);
    await journal.histories(['checkout', 'billing']);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await journal.close();
  });

  const askedBy = async (ask: () => Promise<unknown>): Promise<string[]> => {
    const prepared = jest.spyOn(DatabaseSync.prototype, 'prepare');
    await ask();
    return prepared.mock.calls.flatMap(([sql]) => (READS.test(sql) ? [sql] : []));
  };
  const planOf = async (sql: string): Promise<string[]> => {
    const { rows } = await database.db.executeQuery<{ detail: string }>(
      CompiledQuery.raw(`explain query plan ${sql}`),
    );
    return rows.map(({ detail }) => detail);
  };

  it('reads of each rotation its own runs alone', async () => {
    // Three, since a question of the same shape is prepared once.
    const asked = await askedBy(async () => journal.histories(['checkout', 'billing', 'search']));
    expect(asked.length).toBeGreaterThan(1);
    const plans = await Promise.all(asked.map(planOf));
    expect(plans.flat().filter((step) => OF_ALL.test(step))).toEqual([]);
  });
});
