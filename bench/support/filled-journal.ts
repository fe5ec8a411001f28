import { join } from 'node:path';
import type { Database } from '../../src/journal/database.js';
import type { Journal } from '../../src/journal/journal.js';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { openPostgres } from '../../src/journal/postgres.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import { systemClock } from '../../src/rotation/clock.js';
import type { Secret } from '../../src/rotation/secret.js';
import { fillPostgres, fillSqlite } from './fill.js';
import type { PastRuns } from './past-runs.js';

/** A journal that is given a past, and is open only while somebody asks it. */
export type FilledJournal = {
  /** What the service needs to find it, besides its state directory. */
  readonly env: Readonly<Record<string, string>>;
  add(runs: PastRuns, count: number): Promise<void>;
  whileOpen<T>(work: (journal: Journal) => Promise<T>): Promise<T>;
};

export class SqliteJournal implements FilledJournal {
  readonly env = {};
  readonly #file: string;

  private constructor(stateDir: string) {
    this.#file = join(stateDir, 'journal.db');
  }

  static async create(stateDir: string): Promise<SqliteJournal> {
    const made = new SqliteJournal(stateDir);
    await made.whileOpen(async () => undefined);
    return made;
  }

  async add(runs: PastRuns, count: number): Promise<void> {
    fillSqlite(this.#file, runs, count);
  }

  async whileOpen<T>(work: (journal: Journal) => Promise<T>): Promise<T> {
    return within(openSqlite(this.#file, systemClock), work);
  }
}

export class PostgresJournal implements FilledJournal {
  private constructor(private readonly url: Secret) {}

  static async create(url: Secret): Promise<PostgresJournal> {
    const made = new PostgresJournal(url);
    await made.whileOpen(async () => undefined);
    return made;
  }

  get env(): Readonly<Record<string, string>> {
    return { DATABASE_URL: this.url.reveal() };
  }

  async add(runs: PastRuns, count: number): Promise<void> {
    const database = await openPostgres(this.url);
    await fillPostgres(database, runs, count);
    await database.signals.close();
    await database.db.destroy();
  }

  async whileOpen<T>(work: (journal: Journal) => Promise<T>): Promise<T> {
    return within(await openPostgres(this.url), work);
  }
}

async function within<T>(database: Database, work: (journal: Journal) => Promise<T>): Promise<T> {
  const journal = await KyselyJournal.open(database, systemClock);
  try {
    return await work(journal);
  } finally {
    await journal.close();
  }
}
