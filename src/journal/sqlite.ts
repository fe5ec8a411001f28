import { chmodSync, closeSync, openSync } from 'node:fs';
import type { SQLInputValue } from 'node:sqlite';
import { backup, DatabaseSync } from 'node:sqlite';
import type { SqliteDatabase } from 'kysely';
import { Kysely, SqliteDialect } from 'kysely';
import type { Clock } from '../rotation/clock.js';
import { asRotorError, RotorError } from '../rotation/errors.js';
import type { Database } from './database.js';
import { LocalSignals } from './local-signals.js';
import type { Tables } from './tables.js';

/**
 * One file, one process. WAL with `synchronous=FULL`: an acknowledged entry survives `kill -9` and a power failure.
 * Throws `journal_unavailable` where the file cannot be opened or another process has it.
 */
export function openSqlite(file: string, clock: Clock): Database {
  try {
    if (file !== ':memory:') keepPrivate(file);
    const adapter = new Adapter(file);
    const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: adapter }) });
    return {
      db,
      signals: new LocalSignals(),
      isShared: false,
      leaseNow: async () => clock.now(),
      // One connection: its transactions come one after the other.
      lockOpening: async () => {},
      backup: async (to) => adapter.backup(to),
    };
  } catch (error) {
    throw unavailable(file, error);
  }
}

/** Before SQLite makes it: the log beside it takes its permissions over. */
function keepPrivate(file: string): void {
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
}

function unavailable(file: string, error: unknown): RotorError {
  const said = asRotorError(error).message;
  if (/locked|busy/i.test(said)) {
    return new RotorError('journal_unavailable', `${file} is in use by another process`, {
      cause: error,
      retryable: false,
      hint: 'One Rotor works on one state directory: stop the other one, or give this one a directory of its own.',
    });
  }
  if (/not a database|malformed/i.test(said)) {
    return new RotorError('journal_unavailable', `${file} cannot be opened as a journal: ${said}`, {
      cause: error,
      retryable: false,
      hint: 'Move it away: Rotor then begins a new journal, and adopts what is in force. Runs that were under way are in the old one alone.',
    });
  }
  return new RotorError('journal_unavailable', `${file} cannot be opened as a journal: ${said}`, {
    cause: error,
    hint: 'Check that the state directory exists, is writable and has space.',
  });
}

/** `node:sqlite` in the shape that kysely's dialect expects. */
class Adapter implements SqliteDatabase {
  readonly #database: DatabaseSync;

  constructor(file: string) {
    this.#database = new DatabaseSync(file);
    // EXCLUSIVE before WAL: a second process is refused at once instead of sharing the file.
    this.#database.exec('PRAGMA busy_timeout=0; PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL');
    this.#database.exec('PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; BEGIN IMMEDIATE; COMMIT');
    const [found] = this.#database.prepare('PRAGMA quick_check(1)').all();
    const verdict = String(Object.values(found ?? {})[0]);
    if (verdict !== 'ok')
      throw new RotorError('journal_unavailable', `database disk image is malformed: ${verdict}`);
  }

  /** Page by page, so that nobody waits for it; what is written meanwhile is in the copy too. */
  async backup(to: string): Promise<void> {
    closeSync(openSync(to, 'wx', 0o600));
    await backup(this.#database, to);
  }

  close(): void {
    this.#database.close();
  }

  prepare(sql: string): ReturnType<SqliteDatabase['prepare']> {
    // A full disk ends a transaction by itself: to roll it back then would hide why.
    if (sql === 'rollback' && !this.#database.isTransaction) return this.prepare('select 0 where 0');
    const statement = this.#database.prepare(sql);
    return {
      reader: statement.columns().length > 0,
      all: (parameters) => statement.all(...values(parameters)),
      run: (parameters) => statement.run(...values(parameters)),
      iterate: (parameters) => statement.iterate(...values(parameters)),
    };
  }
}

function values(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters as SQLInputValue[];
}
