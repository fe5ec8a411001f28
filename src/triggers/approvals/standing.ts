import type { z } from 'zod';
import type { Approval, Asked } from '../../journal/approvals.js';
import type { Millis } from '../../rotation/run.js';
import type { RotationView } from '../api/answers/index.js';
import { actsFrom } from './gate.js';
import type { ApprovalNeed } from './need.js';

/** The moment, `now` or later, from which its schedule may act; undefined while somebody has to decide. */
export function startsFrom(
  need: ApprovalNeed | undefined,
  asked: Asked | undefined,
  now: Millis,
): Millis | undefined {
  const from = need ? actsFrom(asked) : now;
  return from === undefined ? undefined : Math.max(now, from);
}

/** As a view of the rotation shows it. */
export function approvalStanding(
  need: ApprovalNeed | undefined,
  asked: Asked | undefined,
  now: Millis,
): z.output<typeof RotationView>['approval'] {
  const pending = inTime(asked?.pending, now);
  const granted = inTime(asked?.granted, now);
  const from = asked?.granted ? undefined : startsFrom(need, asked, now);
  return {
    required: need !== undefined,
    pending: pending?.id ?? null,
    granted: granted ? { id: granted.id, until: iso(granted.expiresAt) } : null,
    asksAgainAt: from !== undefined && from > now ? iso(from) : null,
  };
}

function inTime(approval: Approval | undefined, now: Millis): Approval | undefined {
  return approval && now < approval.expiresAt ? approval : undefined;
}

function iso(at: Millis): string {
  return new Date(at).toISOString();
}
