import { z } from 'zod';
import { APPROVAL_STATES } from '../../../journal/approvals.js';
import { time } from './shared.js';

/** Of requests for a new token, which come before the run. */

export const ApprovalView = z
  .strictObject({
    id: z.string(),
    rotation: z.string(),
    state: z
      .enum(APPROVAL_STATES)
      .describe(
        'expired: nobody has decided in time, or no run has started from the grant in time; superseded: its plan was ' +
          'stale, or a run that brings a new token was started without it.',
      ),
    trigger: z.enum(['manual', 'schedule']).describe('Whether a person or the schedule asks.'),
    requestedBy: z.string().describe('Who asks; they are never the one who approves.'),
    requestedAt: time,
    reason: z.string(),
    planId: z.string().nullable(),
    planDigest: z.string().nullable().describe('Of the plan that it is about; null: of none.'),
    expiresAt: time.describe(
      'Until then somebody may decide; once it is granted, until then a run may start.',
    ),
    decidedBy: z.string().nullable(),
    decidedAt: time.nullable(),
    comment: z
      .string()
      .nullable()
      .describe('In the words of who has decided; of one that is superseded, why.'),
    run: z.string().nullable().describe('That was started from it.'),
    approvers: z
      .array(z.string())
      .describe('Who alone may approve, by the config as it is now; empty: whoever has the scope.'),
  })
  .meta({ id: 'Approval' });

export const ApprovalList = z
  .strictObject({
    approvals: z.array(ApprovalView).describe('Newest first.'),
    next: z.string().nullable().describe('The next page; also in `Link`.'),
  })
  .meta({ id: 'ApprovalList' });
