import { comingIn, pastIn, type Times } from '../age.js';
import { pairs } from '../pairs.js';
import { table } from '../print.js';
import type { Approval } from './service.js';

const HEAD = ['APPROVAL', 'ROTATION', 'STATE', 'AGE', 'ENDS'];
const headFor = ({ isUtc }: Times): string[] =>
  HEAD.map((title) => (title === 'AGE' && isUtc ? 'ASKED' : title));
const WIDE = ['APPROVAL', 'ROTATION', 'STATE', 'ASKED', 'BY', 'ENDS', 'DECIDED BY', 'RUN', 'REASON'];

/** As wide as a terminal, with names of up to twenty characters; wider with times in UTC. */
export function approvalTable(approvals: readonly Approval[], times: Times): string {
  const rows = approvals.map(({ id, rotation, state, requestedAt, expiresAt }) => [
    id,
    rotation,
    state,
    pastIn(times, requestedAt),
    state === 'pending' ? comingIn(times, expiresAt) : '–',
  ]);
  return table(headFor(times), rows);
}

/** With the times themselves, who and why. */
export function wideApprovalTable(approvals: readonly Approval[]): string {
  const rows = approvals.map((one) => [
    one.id,
    one.rotation,
    one.state,
    one.requestedAt,
    one.requestedBy,
    one.expiresAt,
    one.decidedBy ?? '–',
    one.run ?? '–',
    one.reason,
  ]);
  return table(WIDE, rows);
}

/** All that is known of one. */
export function approvalText(approval: Approval): string {
  const { id, rotation, state, requestedBy, requestedAt, reason, expiresAt, decidedBy, decidedAt } = approval;
  return pairs([
    ['Approval', id],
    ['Rotation', rotation],
    ['State', state],
    ['Asked', `${requestedAt} by ${requestedBy}: ${reason}`],
    ['Until', state === 'pending' || (state === 'granted' && approval.run === null) ? expiresAt : null],
    ['Approvers', state === 'pending' ? approversOf(approval) : null],
    ['Decided', decidedAt === null ? null : `${decidedAt} by ${decidedBy ?? 'nobody'}`],
    ['Comment', approval.comment],
    ['Run', approval.run],
  ]).join('\n');
}

/** Never who has asked: the service sees to that. */
export function approversOf({ approvers }: Approval): string {
  return approvers.length === 0 ? 'whoever else has the scope approve' : approvers.join(', ');
}

/** Half a sentence: what has become of it, by whom and why. */
export function decisionOf({ id, state, decidedBy, decidedAt, comment, expiresAt }: Approval): string {
  const why = comment === null ? '' : `: ${comment}`;
  switch (state) {
    case 'pending':
      return `${id} waits until ${expiresAt}`;
    case 'granted':
    case 'rejected':
      return `${id} was ${state} by ${decidedBy ?? 'nobody'} at ${decidedAt ?? '–'}${why}`;
    case 'expired':
      return decidedBy === null
        ? `${id} has expired: nobody has decided until ${expiresAt}`
        : `${id} has expired: ${decidedBy} has granted it, and no run could start until ${expiresAt}`;
    case 'superseded':
      return `${id} is superseded${why}`;
  }
}
