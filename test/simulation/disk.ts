import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { Database } from '../../src/journal/database.js';
import type { Journal } from '../../src/journal/journal.js';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import { asRotorError } from '../../src/rotation/errors.js';
import { systemClock } from '../../src/rotation/clock.js';

/** What a disk may suffer from: SQLite itself then says so, at whatever write it meets it. */
const ILLS = {
  full: ['PRAGMA max_page_count = 1'],
  'read-only': ['PRAGMA query_only = ON'],
  none: ['PRAGMA max_page_count = 4294967294', 'PRAGMA query_only = OFF'],
} as const;

export type Ill = keyof typeof ILLS;

type Opened = { readonly database: Database; readonly journal: Journal };

/** Where the journal is kept: in a folder as in production, or without one in memory. */
export class Disk {
  readonly #left: Opened[] = [];
  readonly #refusals = new Map<Ill, number>();
  #ill: Ill = 'none';

  private constructor(
    private readonly folder: string | undefined,
    private opened: Opened,
  ) {}

  static async open(folder?: string): Promise<Disk> {
    return new Disk(folder, await openIn(folder && place(folder, 0)));
  }

  get journal(): Journal {
    return this.opened.journal;
  }

  async suffer(ill: Ill): Promise<void> {
    this.#ill = ill;
    for (const pragma of ILLS[ill]) await sql.raw(pragma).execute(this.opened.database.db);
  }

  /** Of an error that a process met: whether the ill was the reason. */
  note(error: unknown): void {
    if (asRotorError(error).code === 'journal_unavailable')
      this.#refusals.set(this.#ill, this.refusals(this.#ill) + 1);
  }

  refusals(ill: Ill): number {
    return this.#refusals.get(ill) ?? 0;
  }

  /**
   * After the death of a process: its successor finds the bytes that are in the files at this moment, and nothing of
   * what the dead one knew. What is in memory alone cannot be found again, so that there it goes on as it is.
   */
  async pickUp(): Promise<void> {
    if (this.folder === undefined) return this.#freeLeases();
    const from = place(this.folder, this.#left.length);
    this.#left.push(this.opened);
    const to = place(this.folder, this.#left.length);
    for (const name of readdirSync(from)) copyFileSync(join(from, name), join(to, name));
    this.opened = await openIn(to);
    await this.suffer(this.#ill);
  }

  /** As the opening of a file does, whose process is the only one. A disk that is ill keeps them, until they end. */
  async #freeLeases(): Promise<void> {
    const { db } = this.opened.database;
    const freed = db.updateTable('run').set({ lease_until: 0 }).where('ended', '=', 0);
    await freed.execute().catch(() => undefined);
  }

  async close(): Promise<void> {
    for (const { journal } of [...this.#left, this.opened]) await journal.close();
  }
}

function place(folder: string, number: number): string {
  const made = join(folder, `state-${number}`);
  mkdirSync(made, { recursive: true });
  return made;
}

/** As the service opens it. */
async function openIn(folder: string | undefined): Promise<Opened> {
  const file = folder === undefined ? ':memory:' : join(folder, 'journal.db');
  const database = openSqlite(file, systemClock);
  return { database, journal: await KyselyJournal.open(database, systemClock, { soleWorker: true }) };
}
