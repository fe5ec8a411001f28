import { sql } from 'kysely';
import type { Millis } from '../rotation/run.js';
import { approvalOf } from './approval-table.js';
import type { Approval, ApprovalFilter, Asked } from './approvals.js';
import type { Db } from './database.js';
import type { StartRequest } from './journal.js';
import { sentBefore } from './requests.js';

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
    .select(sql<Millis>`max(requested_at)`.as('at'))
    .where('rotation', 'in', rotations)
    .where('asked_by', '=', 'schedule')
    // A grant that has lapsed is no refusal.
    .where((eb) =>
      eb.or([
        eb('state', '=', 'rejected'),
        eb.and([eb('state', '=', 'expired'), eb('decided_at', 'is', null)]),
      ]),
    )
    // Nor is what was said before the newest run, whoever has started that.
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('run')
            .select('run.id')
            .whereRef('run.rotation', '=', 'approval.rotation')
            .where('run.mode', '=', 'rotate')
            .whereRef('run.started_at', '>=', 'approval.requested_at'),
        ),
      ),
    )
    .groupBy('rotation')
    .execute();
  const asked = new Map<string, Asked>(refused.map(({ rotation, at }) => [rotation, { refusedAt: at }]));
  for (const one of open) {
    const of = one.state === 'granted' ? { granted: one } : { pending: one };
    asked.set(one.rotation, { ...asked.get(one.rotation), ...of });
  }
  return asked;
}

/** What the same request has got before; throws `idempotency_key_reused` where its key came with any other one. */
export async function askedWith(db: Db, request: StartRequest, now: Millis): Promise<Approval | undefined> {
  const sent = await sentBefore(db, request, now);
  if (!sent) return undefined;
  // The key alone may be that of a request of another day.
  const asked = db
    .selectFrom('approval')
    .selectAll()
    .where('request_key', '=', request.key)
    .where('requested_at', '=', sent.at);
  return approvalOf(await asked.executeTakeFirstOrThrow());
}
