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
export async function openedBefore(db: Db, request: StartRequest, now: Millis): Promise<Run | undefined> {
  const known = await sentBefore(db, request, now);
  if (!known) return undefined;
  const run = db.selectFrom('run').selectAll().where('id', '=', known.run_id);
  return runOf(await run.executeTakeFirstOrThrow());
}

type Sent = Tables['request'];

/** What is remembered of the same request; throws `idempotency_key_reused` where its key stood for another. */
export async function sentBefore(
  db: Db,
  { key, hash }: StartRequest,
  now: Millis,
): Promise<Sent | undefined> {
  const known = await db
    .selectFrom('request')
    .selectAll()
    .where('key', '=', key)
    .where('at', '>', now - KEPT_MS)
    .executeTakeFirst();
  if (!known || known.hash === hash) return known;
  const about = known.run_id === null ? '' : `, which was about ${known.run_id}`;
  throw new RotorError(
    'idempotency_key_reused',
    `the Idempotency-Key was sent before with another request${about}`,
    {
      effect: 'not_applied',
      hint: 'Send a key of its own with each request; the same one with a repetition alone.',
    },
  );
}

/**
 * In the transaction that opens the run, or that notes what is asked of it or of a rotation, which is no run. Throws
 * `idempotency_key_reused` where several are started with a key of others.
 */
export async function noteRequest(
  tx: Transaction<Tables>,
  { key, hash, whole }: StartRequest,
  runId: string | null,
  now: Millis,
): Promise<void> {
  await tx
    .deleteFrom('request')
    .where('at', '<=', now - KEPT_MS)
    .execute();
  const noted = { run_id: runId, at: now, answer: null };
  await tx
    .insertInto('request')
    .values({ key, hash, ...noted })
    .execute();
  // The first run of several says it, and none of another body that came with this key at the same time.
  if (whole && !(await openedBefore(tx, whole, now)))
    await tx
      .insertInto('request')
      .values({ ...whole, ...noted })
      .execute();
}

/** What was answered to the request first: this, unless there is an answer already. */
export async function keepAnswer(
  tx: Transaction<Tables>,
  { key }: StartRequest,
  answer: string,
): Promise<string> {
  const own = tx.updateTable('request').set({ answer }).where('key', '=', key).where('answer', 'is', null);
  await own.execute();
  const kept = tx.selectFrom('request').select('answer').where('key', '=', key);
  return (await kept.executeTakeFirst())?.answer ?? answer;
}
