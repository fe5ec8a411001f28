import { RotorError } from '../rotation/errors.js';
import type { Secret } from '../rotation/secret.js';
import type { Database } from './database.js';
import type { OpenOptions } from './journal-file.js';
import { dueIn, LATEST, migrate, type Steps } from './migrate.js';
import { openPostgres } from './postgres.js';

/** What is due before the service starts. Throws as `migratePatiently`. */
export async function bringUpToDate({ db }: Database, url: Secret, options: OpenOptions): Promise<void> {
  const { from, steps } = await dueIn(db);
  if (steps.length === 0) return;
  if (from !== undefined) await options.say(beingMigrated(from));
  await migratePatiently(url, options.signal);
}

/**
 * What is due over years of runs takes longer than any statement of the service may: over a connection of its own. Throws
 * as `migrate`, also soon after the signal aborts: it is one transaction, so that nothing of it is there then.
 */
export async function migratePatiently(url: Secret, signal: AbortSignal): Promise<Steps> {
  const patient = await openPostgres(url, { isPatient: true });
  const hangUp = () => void patient.db.destroy();
  signal.addEventListener('abort', hangUp, { once: true });
  try {
    return await migrate(patient.db);
  } finally {
    signal.removeEventListener('abort', hangUp);
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
