import { z } from 'zod';
import { time } from './parts.js';

const approval = z
  .strictObject({
    id: z.string().describe('GET /v1/approvals/{id} tells all of it; `rotor approve ID`.'),
    trigger: z.enum(['manual', 'schedule']).describe('Whether a person or the schedule asks.'),
    requestedBy: z.string().describe('Who asks; they are never the one who approves.'),
    requestedAt: time,
    reason: z.string().describe('Why, in the words of who asks.'),
    planDigest: z.string().nullable().describe('Of the plan that it is about; null: of none.'),
    expiresAt: time.describe('Until then somebody may decide; once granted, until then a run may start.'),
    decidedBy: z.string().nullable().describe('Who has decided; null: nobody.'),
    decidedAt: time.nullable(),
    comment: z
      .string()
      .nullable()
      .describe('In the words of who has decided; of one that is superseded, why.'),
    run: z.string().nullable().describe('That was started from it.'),
  })
  .describe('The request for a new token, which comes before the run.');

const one = z.strictObject({ approval });

/** What is said of requests for approval. */
export const approvalEvents = {
  'approval.requested': one.describe(
    'Somebody, or the schedule, asks for a new token, and another person has to allow it.',
  ),
  'approval.granted': one.describe('A person has allowed a new token.'),
  'approval.rejected': one.describe(
    'A person has refused a new token, or whoever asked has withdrawn the request.',
  ),
  'approval.expired': one.describe('Nobody has decided in time, or no run has started from a grant in time.'),
  'approval.superseded': one.describe(
    'A run that brings a new token was started without it, or its plan is no longer what a run would do.',
  ),
} as const;
