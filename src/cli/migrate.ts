import { statSync } from 'node:fs';
import { databaseUrl } from '../config/env.js';
import { migratePatiently } from '../journal/bring-up.js';
import type { Database } from '../journal/database.js';
import { JournalFile, journalIn } from '../journal/journal-file.js';
import { dueIn, LATEST, migrate as migrateTables, type Steps } from '../journal/migrate.js';
import { openPostgres } from '../journal/postgres.js';
import { openSqlite } from '../journal/sqlite.js';
import { IN_MEMORY } from '../journal/sqlite-file.js';
import { openStateDir } from '../journal/state-dir.js';
import { systemClock } from '../rotation/clock.js';
import type { Secret } from '../rotation/secret.js';
import { packageVersion } from '../version.js';
import { counted } from './counted.js';
import { commandThere, stateDirOf, type WhereState } from './nearby.js';
import { show, type Output } from './output.js';
import { printNote } from './print.js';

export type MigrateOptions = Output & WhereState & { readonly check?: boolean; readonly dryRun?: boolean };

/** A journal that need not be there yet. */
type Place = {
  readonly name: string;
  readonly due: () => Promise<Steps>;
  readonly migrated: () => Promise<Steps>;
};

/**
 * Brings the journal of the service that would be started here to this version's tables. With `check` or `dryRun`
 * nothing is written, and the exit code is 3 where something is due.
 */
export async function migrate({ check, dryRun, ...options }: MigrateOptions): Promise<number> {
  const url = databaseUrl(process.env);
  const place = url ? inPostgres(url) : inFile(await stateDirOf(options));
  const onlyLooks = check === true || dryRun === true;
  const found = onlyLooks ? await place.due() : await place.migrated();
  const { from = null, steps } = found;
  const isChanged = !onlyLooks && steps.length > 0;
  const said = {
    journal: place.name,
    version: packageVersion(),
    from,
    to: LATEST,
    steps,
    changed: isChanged,
  };
  await show(said, options, {
    table: () => textOf(place.name, found, onlyLooks, options),
    names: () => steps,
  });
  return onlyLooks && steps.length > 0 ? 3 : 0;
}

function textOf(place: string, { from, steps }: Steps, onlyLooks: boolean, where: WhereState): string {
  if (steps.length === 0) return `${place} is up to date (${LATEST}): nothing has to be changed.`;
  const next = `next: ${commandThere(onlyLooks ? 'migrate' : 'serve', where)}`;
  if (from === undefined)
    return `${place} ${onlyLooks ? 'has no tables yet' : 'was begun'} (${LATEST}).\n${next}`;
  const way = `from ${from} to ${LATEST}, ${counted(steps.length, 'step')}`;
  const head = onlyLooks
    ? `this Rotor (${packageVersion()}) brings ${place} ${way}`
    : `${place} was brought ${way}`;
  return [`${head}:`, ...steps.map((step) => `  ${step}`), next].join('\n');
}

function inPostgres(url: Secret): Place {
  return {
    name: 'the journal in PostgreSQL (DATABASE_URL)',
    due: async () => closing(await openPostgres(url), dueIn),
    migrated: async () => migratePatiently(url, new AbortController().signal),
  };
}

/** Held for the moment, as the service holds it. */
function inFile(stateDir: string): Place {
  const file = journalIn(stateDir);
  const isThere = () => statSync(file, { throwIfNoEntry: false }) !== undefined;
  // Where there is none, none is made to look at.
  const looked = () => openSqlite(isThere() ? file : IN_MEMORY, systemClock, { checkAtOnce: false });
  const whole = async () => {
    openStateDir(stateDir);
    const say = async ({ message }: Error) => printNote(message);
    return new JournalFile(file, systemClock).open({ say, signal: new AbortController().signal });
  };
  return {
    name: file,
    due: async () => closing(looked(), dueIn),
    migrated: async () => closing(await whole(), migrateTables),
  };
}

async function closing<T>({ db, signals }: Database, work: (db: Database['db']) => Promise<T>): Promise<T> {
  try {
    return await work(db);
  } finally {
    await signals.close();
    await db.destroy();
  }
}
