import { RotorError } from '../rotation/errors.js';
import type { Millis } from '../rotation/run.js';
import type { Approval } from './approvals.js';

/** What has become of it. */
export function ended(approval: Approval | undefined, id: string): RotorError {
  if (!approval) return new RotorError('not_found', `there is no approval ${JSON.stringify(id)}`);
  return new RotorError('approval_ended', endOf(approval), {
    effect: 'not_applied',
    approvalId: id,
    hint: nextAfter(approval),
  });
}

function nextAfter({ state, rotation, run }: Approval): string {
  if (state !== 'granted') return `Ask again: \`rotor rotate ${rotation}\`.`;
  if (run !== undefined) return `Follow its run: \`rotor watch ${run}\`.`;
  return `The schedule starts its run; see when: \`rotor plan ${rotation}\`.`;
}

function endOf({ id, state, decidedBy, decidedAt, expiresAt, comment, run }: Approval): string {
  const time = (at: Millis): string => new Date(at).toISOString();
  const who = decidedBy === undefined ? '' : ` by ${decidedBy}`;
  const when = decidedAt === undefined ? '' : ` at ${time(decidedAt)}`;
  switch (state) {
    case 'granted':
      return `${id} was granted${who}${when}${run === undefined ? '' : `, and ${run} has started from it`}`;
    case 'rejected':
      return `${id} was rejected${who}${when}: ${comment ?? 'without a reason'}`;
    case 'superseded':
      return `${id} is worth nothing any more: ${comment ?? 'the rotation has gone on without it'}`;
    case 'expired':
    case 'pending':
      return `${id} has expired at ${time(expiresAt)}`;
  }
}
