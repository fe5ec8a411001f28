import { ApprovalList, ApprovalView } from '../answers/index.js';
import { Approve, AskApproval, ListApprovals, Reject } from '../approval-requests.js';
import type { Operation } from './operation.js';

const IF_MATCH = {
  'if-match':
    'The `ETag` of the approval as it was looked at: where it is another one, or the config says something else of what ' +
    'a run does, nothing is decided (RFC 9110).',
} as const;

/** What is asked for before there is a run. */
export const approvals = {
  askApproval: {
    method: 'POST',
    path: '/v1/rotations/{name}/approvals',
    scope: 'rotate',
    summary: 'Asks somebody else to allow a new token, where the config says that each one needs it.',
    headers: {
      'idempotency-key':
        'The same request, sent again with the same key within a day, gets the approval that the first one got ' +
        '(draft-ietf-httpapi-idempotency-key-header).',
    },
    body: AskApproval,
    status: 201,
    answer: ApprovalView,
  },
  listApprovals: {
    method: 'GET',
    path: '/v1/approvals',
    scope: 'read',
    isNarrowed: true,
    summary: 'Approvals, newest first, with `Link: <…>; rel="next"` (RFC 8288) where there are more.',
    query: ListApprovals,
    answer: ApprovalList,
  },
  getApproval: {
    method: 'GET',
    path: '/v1/approvals/{approval}',
    scope: 'read',
    summary: 'One approval: who asks for what, who has decided, and the run that was started from it.',
    answer: ApprovalView,
  },
  approve: {
    method: 'POST',
    path: '/v1/approvals/{approval}/approve',
    scope: 'approve',
    summary:
      'Allows a new token, and starts its run; where the schedule asks, the schedule starts it. Never by whoever asks.',
    headers: IF_MATCH,
    body: Approve,
    answer: ApprovalView,
  },
  reject: {
    method: 'POST',
    path: '/v1/approvals/{approval}/reject',
    scope: 'approve',
    orScope: 'rotate',
    summary: 'Refuses a new token. Whoever asked withdraws their own request by it, with the scope `rotate`.',
    headers: IF_MATCH,
    body: Reject,
    answer: ApprovalView,
  },
} as const satisfies Record<string, Operation>;
