import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fillSqlite } from '../../bench/support/fill.js';
import { PastRuns } from '../../bench/support/past-runs.js';
import { median, timesOf } from '../../bench/support/statistics.js';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import { systemClock } from '../../src/rotation/clock.js';
import { createRandom } from '../../src/sandbox/random.js';

const RUNS = 8_000;
const FEW = 20;
/** Reading all of them would take several hundred times as long. */
const ABOUT_THE_SAME = 20;

describe('a journal with a long history', () => {
  let folder = '';
  let journal: KyselyJournal;
  const open = async (): Promise<KyselyJournal> =>
    KyselyJournal.open(openSqlite(join(folder, 'journal.db'), systemClock), systemClock);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rotor-history-'));
    await (await open()).close();
    const runs = new PastRuns((index) => (index < RUNS ? 'old' : 'young'), createRandom(3));
    fillSqlite(join(folder, 'journal.db'), runs, RUNS + FEW);
    journal = await open();
  });

  afterAll(async () => {
    await journal.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('tells what the schedule has to know of a rotation as quickly after thousands of runs as after a few', async () => {
    const timeOf = async (rotation: string): Promise<number> =>
      median(await timesOf(30, 5, async () => journal.histories([rotation])));
    expect(await timeOf('old')).toBeLessThan(ABOUT_THE_SAME * (await timeOf('young')));
  });

  it('lets other work go on while the whole log is verified', async () => {
    let turns = 0;
    const over = new AbortController();
    const others = (async () => {
      while (!over.signal.aborted) {
        await setImmediate();
        turns += 1;
      }
    })();
    expect(await journal.verify()).toMatchObject({ runs: RUNS + FEW, faults: [] });
    over.abort();
    await others;
    expect(turns).toBeGreaterThan(RUNS / 100);
  });
});
