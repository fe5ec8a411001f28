import type { Approval } from './approvals.js';
import type { SaidOfApproval } from './act.js';

/** What the audit log, and the log of the service, say of each change of an approval. */

export function requestedAct(approval: Approval): SaidOfApproval {
  const { id, rotation, reason, requestedBy: by, planDigest, expiresAt } = approval;
  const of = { rotation, approval: id, reason, by, expiresAt };
  return { what: 'approval_requested', ...of, ...(planDigest !== undefined && { planDigest }) };
}

export function decidedAct(
  what: 'approval_granted' | 'approval_rejected',
  approval: Approval,
): SaidOfApproval {
  const { id, rotation, comment: reason = '', decidedBy: by, run } = approval;
  return {
    what,
    rotation,
    approval: id,
    reason,
    ...(by !== undefined && { by }),
    ...(run !== undefined && { run }),
  };
}

export function expiredAct({ id, rotation, decidedBy }: Approval): SaidOfApproval {
  const reason =
    decidedBy === undefined ? 'nobody has decided in time' : 'no run has started from it in time';
  return { what: 'approval_expired', rotation, approval: id, reason };
}

export function supersededAct({ id, rotation, comment: reason = '' }: Approval): SaidOfApproval {
  return { what: 'approval_superseded', rotation, approval: id, reason };
}
