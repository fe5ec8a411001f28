import type { Transaction } from 'kysely';
import { approvalEvent } from '../events/approvals.js';
import type { RotorEvent } from '../events/schemas.js';
import type { Millis, Trigger } from '../rotation/run.js';
import { addAct } from './acts.js';
import { decidedAct, supersededAct } from './approval-acts.js';
import { ended } from './approval-end.js';
import { approvalOf, type ApprovalTable } from './approval-table.js';
import type { Approval, ApprovalUse } from './approvals.js';
import type { Tables } from './tables.js';

/** All of these within a transaction in which nobody else adds an act, opens a run or decides. */

type Changed = Partial<Omit<ApprovalTable, 'id' | 'rotation'>>;
type Open = Pick<Approval, 'id'> & { readonly state: 'pending' | 'granted' };

/** Undefined where it is no longer at that state, or a run has started from it. */
export async function changeOpen(
  tx: Transaction<Tables>,
  { id, state }: Open,
  change: Changed,
): Promise<Approval | undefined> {
  const row = await tx
    .updateTable('approval')
    .set(change)
    .where('id', '=', id)
    .where('state', '=', state)
    .where('open', '=', 1)
    .returningAll()
    .executeTakeFirst();
  return row && approvalOf(row);
}

/** Returns what is told of it. */
export async function noteGranted(
  tx: Transaction<Tables>,
  approval: Approval,
  now: Millis,
): Promise<RotorEvent[]> {
  await addAct(tx, decidedAct('approval_granted', approval), now);
  return [approvalEvent('approval.granted', approval)];
}

/** The next run of its rotation starts from it, and nothing else does. Throws `approval_ended`. */
export async function useApproval(
  tx: Transaction<Tables>,
  { id, granted }: ApprovalUse,
  run: string,
  now: Millis,
): Promise<{ readonly approved: NonNullable<Trigger['approved']>; readonly events: readonly RotorEvent[] }> {
  const state = granted ? 'pending' : 'granted';
  const known = await approvalIn(tx, id);
  const inTime = known !== undefined && now < known.expiresAt;
  const used = inTime
    ? await changeOpen(
        tx,
        { id, state },
        {
          run_id: run,
          open: 0,
          ...(granted && { state: 'granted', ...decided(granted, now) }),
        },
      )
    : undefined;
  if (!used) throw ended(known, id);
  const { decidedBy: by = '', decidedAt: at = now, comment } = used;
  return {
    approved: { approval: id, by, at, ...(comment !== undefined && { comment }) },
    events: granted ? await noteGranted(tx, used, now) : [],
  };
}

/** A run that was started without them makes them worth nothing. Returns what is told of it. */
export async function supersedeOthers(
  tx: Transaction<Tables>,
  rotation: string,
  run: string,
  now: Millis,
): Promise<RotorEvent[]> {
  const others = await tx
    .selectFrom('approval')
    .select('id')
    .where('rotation', '=', rotation)
    .where('open', '=', 1)
    .execute();
  const told: RotorEvent[] = [];
  for (const { id } of others) told.push(...(await supersede(tx, id, `${run} was started without it`, now)));
  return told;
}

/** Returns what is told of it. */
export async function supersede(
  tx: Transaction<Tables>,
  id: string,
  why: string,
  now: Millis,
): Promise<RotorEvent[]> {
  const row = await tx
    .updateTable('approval')
    .set({ state: 'superseded', open: 0, comment: why })
    .where('id', '=', id)
    .where('open', '=', 1)
    .returningAll()
    .executeTakeFirst();
  if (!row) return [];
  const approval = approvalOf(row);
  await addAct(tx, supersededAct(approval), now);
  return [approvalEvent('approval.superseded', approval)];
}

export function decided({ by, comment }: NonNullable<ApprovalUse['granted']>, now: Millis): Changed {
  return { decider: by.name, decider_id: by.id, decided_at: now, comment: comment ?? null };
}

export async function approvalIn(tx: Transaction<Tables>, id: string): Promise<Approval | undefined> {
  const row = await tx.selectFrom('approval').selectAll().where('id', '=', id).executeTakeFirst();
  return row && approvalOf(row);
}
