import { DEFAULT_MIGRATION_TABLE, Migrator } from 'kysely/migration';
import { sql } from 'kysely';
import { asRotorError, RotorError, systemCode } from '../rotation/errors.js';
import type { Database } from './database.js';
import { newer } from './forms.js';
import { unavailable } from './rows.js';
import { migrations } from './migrations.js';

/** On the way of a journal's tables to what this version works with. */
export type Steps = {
  /** The migration before them; undefined: there were no tables. */
  readonly from?: string;
  /** Names of migrations, in their order; none where the tables are up to date. */
  readonly steps: readonly string[];
};

const NAMES = Object.keys(migrations);

/** The migration that this version brings a journal to. */
export const LATEST = NAMES.at(-1) ?? '';

/**
 * Brings the tables up to date, and tells what it has done: of several that come at once one does all. Throws
 * `journal_unavailable`, and has written nothing, where a newer version did.
 */
export async function migrate(db: Database['db']): Promise<Steps> {
  const provider = { getMigrations: async () => migrations };
  const { error, results = [] } = await new Migrator({ db, provider }).migrateToLatest();
  if (error !== undefined) throw notUpToDate(error);
  return stepsOf(results.map(({ migrationName }) => migrationName));
}

/** What `migrate` would do. Throws as it does, and writes nothing. */
export async function dueIn(db: Database['db']): Promise<Steps> {
  try {
    const done = await carriedOut(db);
    const unknown = done.find((name) => !Object.hasOwn(migrations, name));
    if (unknown !== undefined) throw newerIn(unknown);
    return stepsOf(NAMES.filter((name) => !done.includes(name)));
  } catch (error) {
    throw notUpToDate(error);
  }
}

async function carriedOut(db: Database['db']): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === DEFAULT_MIGRATION_TABLE)) return [];
  const { rows } = await sql<{
    name: string;
  }>`select name from ${sql.table(DEFAULT_MIGRATION_TABLE)}`.execute(db);
  return rows.map(({ name }) => name);
}

/** They end with the latest, or are none. */
function stepsOf(steps: readonly string[]): Steps {
  const from = steps.length === 0 ? LATEST : NAMES[NAMES.indexOf(steps[0] ?? '') - 1];
  return { ...(from !== undefined && { from }), steps };
}

/** kysely names a migration that was carried out and is not known here. */
const UNKNOWN_MIGRATION = /previously executed migration (\S+) is missing/;
/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const INSUFFICIENT_PRIVILEGE = '42501';

function notUpToDate(cause: unknown): RotorError {
  if (cause instanceof RotorError) return cause;
  const unknown = UNKNOWN_MIGRATION.exec(asRotorError(cause).message)?.[1];
  if (unknown !== undefined) return newerIn(unknown, cause);
  if (systemCode(cause) === INSUFFICIENT_PRIVILEGE) return notAllowed(cause);
  return unavailable('the journal could not be brought up to date', cause);
}

function newerIn(migration: string, cause?: unknown): RotorError {
  return newer(`the journal (${migration})`, cause);
}

function notAllowed(cause: unknown): RotorError {
  const { message } = unavailable('the journal could not be brought up to date', cause);
  return new RotorError('journal_unavailable', message, {
    cause,
    hint: 'Run `rotor migrate` with a DATABASE_URL whose role owns the tables: a service that waits goes on by itself then.',
  });
}
