import { join } from 'node:path';
import type { Journal } from '../../src/journal/journal.js';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { openPostgres } from '../../src/journal/postgres.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import { systemClock } from '../../src/rotation/clock.js';
import type { Secret } from '../../src/rotation/secret.js';
import { fillPostgres, fillSqlite } from './fill.js';
import type { PastRuns } from './past-runs.js';

/** A journal that is given a past while nobody has it open. */
export type FilledJournal = {
  /** What the service needs to find it, besides its state directory. */
  readonly env: Readonly<Record<string, string>>;
  add(runs: PastRuns, count: number): Promise<void>;
  open(): Promise<Journal>;
};

export class SqliteJournal implements FilledJournal {
  readonly env = {};
  readonly #file: string;

  private constructor(stateDir: string) {
    this.#file = join(stateDir, 'journal.db');
  }

  static async create(stateDir: string): Promise<SqliteJournal> {
    const made = new SqliteJournal(stateDir);
    await (await made.open()).close();
    return made;
  }

  async add(runs: PastRuns, count: number): Promise<void> {
    fillSqlite(this.#file, runs, count);
  }

  async open(): Promise<Journal> {
    return KyselyJournal.open(openSqlite(this.#file, systemClock), systemClock);
  }
}

export class PostgresJournal implements FilledJournal {
  private constructor(private readonly url: Secret) {}

  static async create(url: Secret): Promise<PostgresJournal> {
    const made = new PostgresJournal(url);
    await (await made.open()).close();
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

  async open(): Promise<Journal> {
    return KyselyJournal.open(await openPostgres(this.url), systemClock);
  }
}
