import { systemClock } from '../rotation/clock.js';
import { RotorError, systemCode } from '../rotation/errors.js';
import type { Secret } from '../rotation/secret.js';
import type { Database } from './database.js';
import type { OpenOptions } from './journal-file.js';
import { dueIn, LATEST, migrate, type Steps } from './migrate.js';
import { openPostgres } from './postgres.js';

/** Between two attempts: others get their turn. */
const AGAIN_MS = 2_000;
const PATIENCE_MS = 60 * 60_000;
/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const LOCK_NOT_AVAILABLE = '55P03';

/** What is due before the service starts. Throws as `migratePatiently`. */
export async function bringUpToDate({ db }: Database, url: Secret, options: OpenOptions): Promise<void> {
  const { from, steps } = await dueIn(db);
  if (steps.length === 0) return;
  if (from !== undefined) await options.say(beingMigrated(from));
  await migratePatiently(url, options.signal);
}

/**
 * What is due over years of runs takes longer than any statement of the service may: over a connection of its own. A
 * table that others hold is asked for again and again, for an hour. Throws as `migrate`, also soon after the signal
 * aborts: it is one transaction, so that nothing of it is there then.
 */
export async function migratePatiently(url: Secret, signal: AbortSignal): Promise<Steps> {
  const patient = await openPostgres(url, { isPatient: true });
  const hangUp = () => void patient.db.destroy();
  signal.addEventListener('abort', hangUp, { once: true });
  try {
    return await inTurns(patient.db, signal);
  } finally {
    signal.removeEventListener('abort', hangUp);
    await patient.signals.close();
    await patient.db.destroy();
  }
}

async function inTurns(db: Database['db'], signal: AbortSignal): Promise<Steps> {
  const until = systemClock.now() + PATIENCE_MS;
  for (;;) {
    if (signal.aborted) throw new RotorError('journal_unavailable', 'the service ends before it is migrated');
    try {
      return await migrate(db);
    } catch (error) {
      if (!isHeldByOthers(error) || systemClock.now() > until) throw error;
    }
    await systemClock.sleep(AGAIN_MS, signal).catch(() => undefined);
  }
}

function isHeldByOthers(error: unknown): boolean {
  return error instanceof RotorError && systemCode(error.cause) === LOCK_NOT_AVAILABLE;
}

function beingMigrated(from: string): RotorError {
  return new RotorError(
    'journal_unavailable',
    `the journal in PostgreSQL is being brought from ${from} to ${LATEST} before anything starts`,
    { hint: 'Wait: over years of runs it takes minutes. Ended meanwhile, it begins anew.' },
  );
}
