import { closeSync, openSync } from 'node:fs';
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { backup } from 'node:sqlite';
import type { SqliteDatabase } from 'kysely';
import { Kysely, sql, SqliteAdapter, SqliteDialect } from 'kysely';
import type { Clock } from '../rotation/clock.js';
import type { RotorError } from '../rotation/errors.js';
import type { Database } from './database.js';
import { GroupCommit } from './group-commit.js';
import { assertSound, verdictOn } from './integrity.js';
import { LocalSignals } from './local-signals.js';
import { assertRoom } from './room.js';
import { IN_MEMORY, openFile } from './sqlite-file.js';
import { damagedMeanwhile, isDamage, storageFault } from './storage-faults.js';
import type { Tables } from './tables.js';

export type SqliteOptions = {
  /** false where the caller sees to it. */
  readonly checkAtOnce?: boolean;
  /** Called after it was closed, unless damage was found meanwhile. */
  readonly closedInOrder?: () => void;
};

/**
 * One file, one process. Throws `journal_unavailable` where the file cannot be opened, is damaged, or, not retryable,
 * where another process has it.
 */
export function openSqlite(file: string, clock: Clock, options: SqliteOptions = {}): Database {
  const adapter = new Adapter(file, options);
  const db = new Kysely<Tables>({ dialect: new Dialect({ database: adapter }) });
  const commits = new GroupCommit(db);
  return {
    db,
    signals: new LocalSignals(),
    transaction: async (work) => commits.transaction(work),
    snapshot: async (work) => db.transaction().execute(work),
    isShared: false,
    leaseNow: () => sql.val(clock.now()),
    // One connection: its transactions come one after the other.
    lockOpening: async () => {},
    backup: async (to) => {
      const begun = await db.connection().execute(async () => adapter.beginBackup(to));
      await begun.whole;
    },
    ...(file !== IN_MEMORY && { assertRoom: async () => assertRoom(file) }),
  };
}

/**
 * SQLite takes back a change of its tables with the transaction that it was made in
 * (https://www.sqlite.org/lang_transaction.html), which kysely does not count on: a migration would be left half done.
 */
class Dialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter();
  }
}

class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

const MOST_PREPARED = 200;

/** `node:sqlite` in the shape that kysely's dialect expects. */
class Adapter implements SqliteDatabase {
  readonly #database: DatabaseSync;
  /** Found in one page, it is of the whole file: what is written from then on could make it worse. */
  #damage: RotorError | undefined;
  /** By their text, of which there are few: to prepare one takes longer than to run it. */
  readonly #statements = new Map<string, ReturnType<SqliteDatabase['prepare']>>();

  constructor(
    private readonly file: string,
    private readonly options: SqliteOptions,
  ) {
    this.#database = openFile(file);
    try {
      if (options.checkAtOnce !== false) assertSound(file, verdictOn(this.#database));
    } catch (error) {
      this.#database.close();
      throw storageFault(file, error);
    }
  }

  /**
   * Page by page, so that nobody waits for it; what is written meanwhile is in the copy too. Resolves when the first
   * pages are copied, which Node gives up on where a transaction is under way; it waits for one by itself later.
   */
  async beginBackup(to: string): Promise<{ readonly whole: Promise<unknown> }> {
    if (this.#damage) throw this.#damage;
    closeSync(openSync(to, 'wx', 0o600));
    const begun = Promise.withResolvers<void>();
    const whole = backup(this.#database, to, { progress: () => begun.resolve() });
    await Promise.race([begun.promise, whole]);
    return { whole };
  }

  close(): void {
    this.#database.close();
    if (!this.#damage) this.options.closedInOrder?.();
  }

  prepare(text: string): ReturnType<SqliteDatabase['prepare']> {
    // A full disk ends a transaction by itself: to roll it back then would hide why.
    if (text === 'rollback') return this.#prepared(this.#database.isTransaction ? text : 'select 0 where 0');
    if (this.#damage) throw this.#damage;
    return this.#prepared(text);
  }

  #prepared(text: string): ReturnType<SqliteDatabase['prepare']> {
    const known = this.#statements.get(text);
    if (known) return known;
    const statement = this.#explained(() => this.#database.prepare(text));
    const prepared = {
      reader: statement.columns().length > 0,
      all: (parameters: readonly unknown[]) => this.#explained(() => statement.all(...values(parameters))),
      run: (parameters: readonly unknown[]) => this.#explained(() => statement.run(...values(parameters))),
      // Of its own: what is read bit by bit must not be begun anew by the next reader.
      iterate: (parameters: readonly unknown[]) =>
        this.#database.prepare(text).iterate(...values(parameters)),
    };
    if (this.#statements.size >= MOST_PREPARED) this.#statements.clear();
    this.#statements.set(text, prepared);
    return prepared;
  }

  #explained<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (isDamage(error)) this.#damage = damagedMeanwhile(this.file, error);
      throw this.#damage ?? storageFault(this.file, error);
    }
  }
}

function values(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters as SQLInputValue[];
}
