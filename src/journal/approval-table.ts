import { sql, type Kysely, type Selectable } from 'kysely';
import type { Approval, ApprovalState } from './approvals.js';

/** A row changes its state and is never removed. */
export type ApprovalTable = {
  id: string;
  rotation: string;
  state: string;
  /** `manual` or `schedule`. */
  asked_by: string;
  requester: string;
  requester_id: string;
  requester_known: string | null;
  requested_at: number;
  reason: string;
  plan_id: string | null;
  plan_digest: string | null;
  expires_at: number;
  decider: string | null;
  decider_id: string | null;
  decided_at: number | null;
  comment: string | null;
  run_id: string | null;
  /** 1 while it is pending, or granted and no run has started from it. */
  open: number;
  /** See the table `request`. */
  request_key: string | null;
};

/** Of the migration `0016_approvals`. */
export async function addApprovals(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('approval')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('rotation', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('asked_by', 'text', (column) => column.notNull())
    .addColumn('requester', 'text', (column) => column.notNull())
    .addColumn('requester_id', 'text', (column) => column.notNull())
    .addColumn('requester_known', 'text')
    .addColumn('requested_at', 'bigint', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('plan_id', 'text')
    .addColumn('plan_digest', 'text')
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('decider', 'text')
    .addColumn('decider_id', 'text')
    .addColumn('decided_at', 'bigint')
    .addColumn('comment', 'text')
    .addColumn('run_id', 'text')
    .addColumn('open', 'integer', (column) => column.notNull())
    .addColumn('request_key', 'text')
    .execute();
  await sql`create unique index one_pending_approval on approval (rotation) where state = 'pending'`.execute(
    db,
  );
  await sql`create index approval_open on approval (rotation) where open = 1`.execute(db);
  await sql`create index approval_by_request on approval (request_key) where request_key is not null`.execute(
    db,
  );
  await db.schema.createIndex('approval_by_time').on('approval').columns(['requested_at', 'id']).execute();
  await db.schema
    .createIndex('approval_by_rotation')
    .on('approval')
    .columns(['rotation', 'requested_at'])
    .execute();
}

export function approvalOf(row: Selectable<ApprovalTable>): Approval {
  return {
    id: row.id,
    rotation: row.rotation,
    state: row.state as ApprovalState,
    trigger: row.asked_by as Approval['trigger'],
    requestedBy: row.requester,
    requesterId: row.requester_id,
    ...(row.requester_known !== null && { requesterKnown: row.requester_known }),
    requestedAt: row.requested_at,
    reason: row.reason,
    expiresAt: row.expires_at,
    ...(row.plan_id !== null && { planId: row.plan_id }),
    ...(row.plan_digest !== null && { planDigest: row.plan_digest }),
    ...(row.decider !== null && { decidedBy: row.decider }),
    ...(row.decider_id !== null && { deciderId: row.decider_id }),
    ...(row.decided_at !== null && { decidedAt: row.decided_at }),
    ...(row.comment !== null && { comment: row.comment }),
    ...(row.run_id !== null && { run: row.run_id }),
  };
}
