import type { Approval } from '../../journal/approvals.js';
import { RotorError } from '../../rotation/errors.js';
import type { Millis } from '../../rotation/run.js';

/** Of a rotation each new token of which somebody else has to allow. */
export type ApprovalNeed = {
  /** As `Identity.known`; empty: whoever has the scope. */
  readonly approvers: readonly string[];
  readonly expiresMs: Millis;
};

/** What a run that waits for nobody leaves out. */
export const SKIPPED = 'the approval, which each new token of it needs';

/** Without a pending one the way to ask is told. */
export function approvalRequired(rotation: string, pending: Approval | undefined): RotorError {
  const what = `each new token of ${rotation} needs the approval of somebody else`;
  if (!pending)
    return new RotorError('approval_required', what, {
      effect: 'not_applied',
      hint: `Ask for it: \`rotor rotate ${rotation}\`, or POST /v1/rotations/${rotation}/approvals.`,
    });
  const { id, requestedBy, expiresAt } = pending;
  const until = new Date(expiresAt).toISOString();
  return new RotorError(
    'approval_required',
    `${what}, and ${id} waits for it until ${until}, asked for by ${requestedBy}`,
    {
      effect: 'not_applied',
      approvalId: id,
      hint: `Somebody else approves it: \`rotor approve ${id}\`.`,
    },
  );
}

export function approvalNotNeeded(rotation: string): RotorError {
  return new RotorError('approval_not_needed', `a new token of ${rotation} needs nobody's approval`, {
    effect: 'not_applied',
    hint: `Start it: \`rotor rotate ${rotation}\`, or POST /v1/rotations/${rotation}/runs.`,
  });
}
