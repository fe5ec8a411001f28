import type { Approval } from '../journal/approvals.js';
import { iso } from './iso.js';
import type { RotorEvent } from './schemas.js';

type Name = Extract<RotorEvent['name'], `approval.${string}`>;

export function approvalEvent(name: Name, approval: Approval): RotorEvent {
  const { id, rotation, trigger, requestedBy, requestedAt, reason, expiresAt, decidedAt } = approval;
  const { planDigest = null, decidedBy = null, comment = null, run = null } = approval;
  return {
    name,
    rotation,
    data: {
      approval: {
        id,
        trigger,
        requestedBy,
        requestedAt: iso(requestedAt),
        reason,
        planDigest,
        expiresAt: iso(expiresAt),
        decidedBy,
        decidedAt: decidedAt === undefined ? null : iso(decidedAt),
        comment,
        run,
      },
    },
  };
}
