import { sql } from 'kysely';
import { RotorError } from '../rotation/errors.js';
import type { Millis } from '../rotation/run.js';
import { approvalOf } from './approval-table.js';
import type { Approval, ApprovalFilter, Asked } from './approvals.js';
import type { Db } from './database.js';
import type { StartRequest } from './journal.js';
import { KEPT_MS } from './requests.js';

/** No rotation is named so: an empty list is no SQL. */
const NONE = [''];

/** Newest first; of those of one millisecond the order is by id. */
export function listedApprovals(db: Db, { rotation, rotations, state, after, limit }: ApprovalFilter) {
  let query = db
    .selectFrom('approval')
    .selectAll()
    .orderBy('requested_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit);
  if (rotation !== undefined) query = query.where('rotation', '=', rotation);
  if (rotations !== undefined) query = query.where('rotation', 'in', rotations.length > 0 ? rotations : NONE);
  if (state !== undefined) query = query.where('state', '=', state);
  if (after === undefined) return query;
  const { id, requestedAt } = after;
  return query
    .where('requested_at', '<=', requestedAt)
    .where((eb) => eb.or([eb('requested_at', '<', requestedAt), eb('id', '<', id)]));
}

/** Pending, or granted and not used. */
export async function openOf(db: Db, rotations: readonly string[]): Promise<readonly Approval[]> {
  if (rotations.length === 0) return [];
  const rows = await db
    .selectFrom('approval')
    .selectAll()
    .where('rotation', 'in', rotations)
    .where('open', '=', 1)
    .execute();
  return rows.map(approvalOf);
}

/** See `Approvals.asked`. */
export async function askedOf(db: Db, rotations: readonly string[]): Promise<ReadonlyMap<string, Asked>> {
  if (rotations.length === 0) return new Map();
  const open = await openOf(db, rotations);
  const refused = await db
    .selectFrom('approval')
    .select('rotation')
    .select(sql<Millis>`max(case state when 'rejected' then decided_at else expires_at end)`.as('at'))
    .where('rotation', 'in', rotations)
    .where('asked_by', '=', 'schedule')
    .where('state', 'in', ['rejected', 'expired'])
    .groupBy('rotation')
    .execute();
  const asked = new Map<string, Asked>(refused.map(({ rotation, at }) => [rotation, { refusedAt: at }]));
  for (const one of open) {
    const of = one.state === 'granted' ? { granted: one } : { pending: one };
    asked.set(one.rotation, { ...asked.get(one.rotation), ...of });
  }
  return asked;
}

/** What the same request has got before; throws `idempotency_key_reused` where its key came with another one. */
export async function askedWith(
  db: Db,
  { key, hash }: StartRequest,
  now: Millis,
): Promise<Approval | undefined> {
  const row = await db
    .selectFrom('approval')
    .selectAll()
    .where('request_key', '=', key)
    .where('requested_at', '>', now - KEPT_MS)
    .executeTakeFirst();
  if (!row || row.request_hash === hash) return row && approvalOf(row);
  throw new RotorError(
    'idempotency_key_reused',
    `the Idempotency-Key was sent before with another request, which was about ${row.id}`,
    {
      effect: 'not_applied',
      hint: 'Send a key of its own with each request; the same one with a repetition alone.',
    },
  );
}
