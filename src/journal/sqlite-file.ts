import { chmodSync, closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { inUse, isInUse, storageFault } from './storage-faults.js';

export const IN_MEMORY = ':memory:';

/**
 * Locked to this process until it is closed. WAL with `synchronous=FULL`: an acknowledged entry survives `kill -9` and
 * a power failure. Throws `journal_unavailable`, not retryable where another process has it.
 */
export function openFile(file: string): DatabaseSync {
  try {
    if (file !== IN_MEMORY) keepPrivate(file);
    return locked(file);
  } catch (error) {
    // A folder that cannot be written to must not hide that somebody works in it.
    if (!isInUse(error) && isHeld(file)) throw inUse(file, error);
    throw storageFault(file, error);
  }
}

/** Before SQLite makes it: the log beside it takes its permissions over. */
function keepPrivate(file: string): void {
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
}

function locked(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  try {
    // EXCLUSIVE before WAL: a second process is refused instead of sharing the file. After a moment, not at once: of two
    // that come together each could else be refused for the other's sake.
    database.exec('PRAGMA busy_timeout=250; PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL');
    database.exec('PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; BEGIN IMMEDIATE; COMMIT');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function isHeld(file: string): boolean {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { readOnly: true });
    database.prepare('select 1 from sqlite_schema').all();
    return false;
  } catch (error) {
    return isInUse(error);
  } finally {
    database?.close();
  }
}
