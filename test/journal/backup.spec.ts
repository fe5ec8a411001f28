import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Claim } from '../../src/journal/journal.js';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import { systemClock } from '../../src/rotation/clock.js';
import { aRun } from '../contracts/journal.contract.js';

/** So large that a copy takes many steps, between which runs go on. */
const RUNS = 150;
const SPEC = 'x'.repeat(20_000);
/** Copies during which something was written. */
const COPIES = 5;

/** Of the event loop, in which something else may happen. */
const TURNS = 50;

let folder: string;
let journal: KyselyJournal;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rotor-backup-'));
  journal = await opened('journal.db');
});
afterEach(async () => {
  await journal.close();
  await rm(folder, { recursive: true });
});

const opened = async (name: string): Promise<KyselyJournal> =>
  KyselyJournal.open(openSqlite(join(folder, name), systemClock), systemClock);

const begin = async (): Promise<{ id: string; claim: Claim }> => {
  const { id } = await journal.open(aRun({ spec: SPEC }));
  const claim = await journal.claim();
  if (claim?.runId !== id) throw new Error('another run was claimed');
  return { id, claim };
};

/** Writes one entry after the other, until it is told to stop; tells how many there are. */
class Writer {
  entries = 1;
  #isOver = false;
  readonly #work: Promise<void>;

  constructor(claim: Claim) {
    this.#work = this.#write(claim);
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#work;
  }

  async #write(claim: Claim): Promise<void> {
    while (!this.#isOver) {
      await journal.append(claim, { note: `look ${this.entries}` });
      this.entries += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

it('a copy that is taken while a run goes on is whole, and holds every entry that was there when it began', async () => {
  for (let run = 1; run < RUNS; run += 1) {
    const { claim } = await begin();
    const ended = { state: 'ended', outcome: 'failed', reason: 'refused', detail: 'no' } as const;
    await journal.append(claim, { state: ended });
  }
  const { id, claim } = await begin();
  const writer = new Writer(claim);
  const begun: number[] = [];
  for (let during = 0; during < COPIES;) {
    const before = writer.entries;
    await journal.backup(join(folder, `copy-${begun.length}.db`));
    begun.push(before);
    if (writer.entries > before) during += 1;
  }
  await writer.stop();

  for (const [index, atLeast] of begun.entries()) {
    const database = new DatabaseSync(join(folder, `copy-${index}.db`));
    expect(database.prepare('pragma integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
    database.close();
    const copy = await opened(`copy-${index}.db`);
    expect(await copy.verify()).toMatchObject({ runs: RUNS, faults: [] });
    expect((await copy.entries(id)).length).toBeGreaterThanOrEqual(atLeast);
    await copy.close();
  }
});

it('a copy that is asked for in the middle of a transaction is taken after it, and holds it', async () => {
  const { id, claim } = await begin();
  await journal.close();
  const database = openSqlite(join(folder, 'journal.db'), systemClock);
  let copied: Promise<void> | undefined;
  const { signals } = database;
  /** Called when everything is written and nothing committed. */
  const send = async (): Promise<void> => {
    copied ??= journal.backup(join(folder, 'copy.db'));
    for (let turn = 0; turn < TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  const asking = { ...signals, send, sent: signals.sent.bind(signals), close: signals.close.bind(signals) };
  journal = await KyselyJournal.open({ ...database, signals: asking }, systemClock);
  await journal.append(claim, { note: 'the last entry' });
  await copied;
  const copy = await opened('copy.db');
  expect((await copy.entries(id)).at(-1)).toMatchObject({ note: 'the last entry' });
  expect(await copy.verify()).toMatchObject({ runs: 1, faults: [] });
  await copy.close();
});
