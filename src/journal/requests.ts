import type { Transaction } from 'kysely';
import { RotorError } from '../rotation/errors.js';
import type { Millis, Run } from '../rotation/run.js';
import type { Db } from './database.js';
import { runOf } from './forms.js';
import type { StartRequest } from './journal.js';
import type { Tables } from './tables.js';

/** So long the answer to a request is kept: the time that most services keep theirs, within which a client gives up. */
export const KEPT_MS = 24 * 60 * 60_000;

/** The run that the same request has opened before, or asked something of; throws `idempotency_key_reused` where its key stood for another. */
export async function openedBefore(
  db: Db,
  { key, hash }: StartRequest,
  now: Millis,
): Promise<Run | undefined> {
  const known = await db
    .selectFrom('request')
    .innerJoin('run', 'run.id', 'request.run_id')
    .selectAll('run')
    .select('request.hash')
    .where('key', '=', key)
    .where('at', '>', now - KEPT_MS)
    .executeTakeFirst();
  if (!known) return undefined;
  if (known.hash === hash) return runOf(known);
  throw new RotorError(
    'idempotency_key_reused',
    `the Idempotency-Key was sent before with another request, which was about ${known.id}`,
    {
      effect: 'not_applied',
      hint: 'Send a key of its own with each request; the same one with a repetition alone.',
    },
  );
}

/** In the transaction that opens the run, or that notes what is asked of it. Throws `idempotency_key_reused` where several are started with a key of others. */
export async function noteRequest(
  tx: Transaction<Tables>,
  { key, hash, whole }: StartRequest,
  runId: string,
  now: Millis,
): Promise<void> {
  await tx
    .deleteFrom('request')
    .where('at', '<=', now - KEPT_MS)
    .execute();
  await tx.insertInto('request').values({ key, hash, run_id: runId, at: now }).execute();
  // The first run of several says it, and none of another body that came with this key at the same time.
  if (whole && !(await openedBefore(tx, whole, now)))
    await tx
      .insertInto('request')
      .values({ ...whole, run_id: runId, at: now })
      .execute();
}
