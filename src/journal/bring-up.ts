import { RotorError } from '../rotation/errors.js';
import type { Secret } from '../rotation/secret.js';
import type { Database } from './database.js';
import type { OpenOptions } from './journal-file.js';
import { dueIn, LATEST, migrate } from './migrate.js';
import { openPostgres } from './postgres.js';

/**
 * What is due over years of runs takes longer than any statement of the service may: over a connection of its own, which
 * waits. Throws as `migrate`.
 */
export async function bringUpToDate(
  { db }: Database,
  url: Secret,
  { say }: Pick<OpenOptions, 'say'>,
): Promise<void> {
  const { from, steps } = await dueIn(db);
  if (steps.length === 0) return;
  if (from !== undefined) await say(beingMigrated(from));
  const patient = await openPostgres(url, { isPatient: true });
  try {
    await migrate(patient.db);
  } finally {
    await patient.signals.close();
    await patient.db.destroy();
  }
}

function beingMigrated(from: string): RotorError {
  return new RotorError(
    'journal_unavailable',
    `the journal in PostgreSQL is being brought from ${from} to ${LATEST} before anything starts`,
    { hint: 'Wait: over years of runs it takes minutes. Ended meanwhile, it begins anew.' },
  );
}
