import { z } from 'zod';
import { APPROVAL_STATES } from '../../journal/approvals.js';
import { pageSize, selector } from './requests.js';

const MOST_WORDS = 500;

const because = (what: string) =>
  z.string().regex(/\S/, 'a text that is not empty').max(MOST_WORDS).describe(what);

export const AskApproval = z
  .strictObject({
    reason: because('Why a new token is needed; whoever approves reads it, and the run has it.'),
    planId: z
      .string()
      .exactOptional()
      .describe('Of `POST …/plan`: where the world is another one when it is approved, nothing is started.'),
  })
  .meta({ id: 'AskApproval' });

export const Approve = z
  .strictObject({
    comment: z.string().max(MOST_WORDS).exactOptional().describe('For the audit log; the run shows it.'),
  })
  .meta({ id: 'Approve' });

export const Reject = z
  .strictObject({ reason: because('Why not; whoever asked reads it.') })
  .meta({ id: 'Reject' });

export const ListApprovals = z.strictObject({
  rotation: z.string().optional().describe('Only of this rotation.'),
  selector: selector.optional().describe('Only of rotations with these labels: `env=prod,team=shop`.'),
  state: z.enum(APPROVAL_STATES).optional().describe('Only those that are at this.'),
  cursor: z.string().optional().describe('Where the page before ended; see its `Link`.'),
  limit: pageSize,
});
