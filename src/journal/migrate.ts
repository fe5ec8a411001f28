import { Migrator } from 'kysely/migration';
import { asRotorError, RotorError } from '../rotation/errors.js';
import type { Database } from './database.js';
import { newer } from './forms.js';
import { unavailable } from './rows.js';
import { migrations } from './migrations.js';

/** Brings the tables up to date. Throws `journal_unavailable`, and has written nothing, where a newer version did. */
export async function migrate(db: Database['db']): Promise<void> {
  const provider = { getMigrations: async () => migrations };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error !== undefined) throw notUpToDate(error);
}

/** kysely names a migration that was carried out and is not known here. */
const UNKNOWN_MIGRATION = /previously executed migration (\S+) is missing/;

function notUpToDate(cause: unknown): RotorError {
  if (cause instanceof RotorError) return cause;
  const unknown = UNKNOWN_MIGRATION.exec(asRotorError(cause).message)?.[1];
  if (unknown === undefined) return unavailable('the journal could not be brought up to date', cause);
  return newer(`the journal (${unknown})`, cause);
}
