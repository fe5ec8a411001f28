import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { RotorError, systemCode } from '../rotation/errors.js';
import type { Millis } from '../rotation/run.js';
import { newer } from './forms.js';
import { verdictOn } from './integrity.js';
import { migrations } from './migrations.js';
import { openFile } from './sqlite-file.js';
import { isDamage, storageFault } from './storage-faults.js';

export type Restored = {
  /** Where the journal that was there is kept; undefined: there was none. */
  readonly aside?: string;
  readonly runs: number;
  /** When the newest of them was started; undefined: there is none. */
  readonly newestAt?: Millis;
};

/**
 * Puts a backup in the place of a journal that no process has open, and keeps the one that was there beside it. Throws
 * `request_invalid` where the backup is none, `journal_unavailable` where the journal is in use, a newer version has
 * written the backup, or the disk does not take it; the journal is then as it was.
 */
export function restore(backup: string, journal: string, now: Millis): Restored {
  if (resolve(backup) === resolve(journal)) throw unfit(backup, 'is the journal itself');
  const found = looked(backup);
  const fresh = `${journal}-restoring`;
  const held = heldAlone(journal);
  try {
    copyFileSync(backup, fresh, constants.COPYFILE_FICLONE);
    chmodSync(fresh, 0o600);
    sync(fresh);
    const aside = setAside(journal, `${journal}-before-${new Date(now).toISOString().replaceAll(':', '')}`);
    renameSync(fresh, journal);
    sync(dirname(journal));
    return { ...(aside !== undefined && { aside }), ...found };
  } catch (error) {
    rmSync(fresh, { force: true });
    throw storageFault(journal, error);
  } finally {
    held?.close();
  }
}

/**
 * Whoever starts Rotor meanwhile is refused. Without a log: to close it removes none that a service has begun on the
 * backup by then. Undefined where there is no journal, and where it is damaged.
 */
function heldAlone(journal: string): DatabaseSync | undefined {
  if (!statSync(journal, { throwIfNoEntry: false })) return undefined;
  try {
    const database = openFile(journal);
    database.exec('PRAGMA journal_mode=DELETE; BEGIN IMMEDIATE; COMMIT');
    return database;
  } catch (error) {
    if (isDamage(error) || (error instanceof RotorError && isDamage(error.cause))) return undefined;
    throw storageFault(journal, error);
  }
}

/** By a second name, so that there is a journal at every moment: without one a service would begin an empty one. */
function setAside(journal: string, aside: string): string | undefined {
  const isThere = statSync(journal, { throwIfNoEntry: false }) !== undefined;
  // First: where it cannot be kept, nothing has been moved.
  if (isThere) linkSync(journal, aside);
  // A log that is left would be played into the backup: that of a damaged journal stays with it.
  for (const end of ['-wal', '-shm', '-closed'])
    if (statSync(`${journal}${end}`, { throwIfNoEntry: false }))
      renameSync(`${journal}${end}`, `${aside}${end}`);
  return isThere ? aside : undefined;
}

function looked(backup: string): Pick<Restored, 'runs' | 'newestAt'> {
  const log = statSync(`${backup}-wal`, { throwIfNoEntry: false });
  if (log && log.size > 0)
    throw unfit(backup, `has a log beside it (${backup}-wal), without which it is not whole`);
  const database = opened(backup);
  try {
    const verdict = verdictOn(database);
    if (verdict !== 'ok') throw unfit(backup, `is damaged, or no journal: ${verdict}`);
    const tables = new Set(
      database
        .prepare('select name from sqlite_schema')
        .all()
        .map(({ name }) => name),
    );
    if (!tables.has('kysely_migration') || !tables.has('run')) throw unfit(backup, 'is no journal of Rotor');
    for (const { name } of database.prepare('select name from kysely_migration').all())
      if (!Object.hasOwn(migrations, String(name))) throw newer(`${backup} (${String(name)})`);
    const counted = database.prepare('select count(*) as runs, max(started_at) as newest from run').get();
    const { runs, newest } = counted ?? {};
    return { runs: Number(runs), ...(newest !== null && { newestAt: Number(newest) }) };
  } finally {
    database.close();
  }
}

/** Nothing is written beside it, as it would be to read what may have a log. */
function opened(backup: string): DatabaseSync {
  try {
    statSync(backup);
    const url = pathToFileURL(backup);
    url.search = 'immutable=1';
    return new DatabaseSync(url, { readOnly: true });
  } catch (cause) {
    throw unfit(backup, `cannot be read (${systemCode(cause) ?? 'unknown error'})`, cause);
  }
}

function unfit(backup: string, why: string, cause?: unknown): RotorError {
  return new RotorError('request_invalid', `${backup} ${why}`, {
    hint: 'Name a file that `rotor backup` has made. The journal is as it was.',
    ...(cause !== undefined && { cause }),
  });
}

function sync(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
