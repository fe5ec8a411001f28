import type { RotationView } from '../../triggers/rotation-view.js';

type Note = {
  /** What its name goes on with. */
  readonly says: string;
  readonly next: string;
};

/** What the approvals of a rotation have to do with its next start; undefined: nothing. */
export function approvalNote({
  name,
  approval: { pending, granted, asksAgainAt },
}: Pick<RotationView, 'name' | 'approval'>): Note | undefined {
  if (granted !== null)
    return {
      says: `is allowed by ${granted.id} until ${granted.until}`,
      next: `rotor plan ${name}`,
    };
  if (pending !== null)
    return {
      says: `waits for approval ${pending}`,
      next: `rotor describe approval ${pending} · rotor approve ${pending}`,
    };
  if (asksAgainAt !== null)
    return {
      says: `was not allowed, and the schedule asks again from ${asksAgainAt} on`,
      next: `rotor get approvals --rotation ${name} · rotor rotate ${name}`,
    };
  return undefined;
}
