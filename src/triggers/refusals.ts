import type { History, Known } from '../journal/journal.js';
import { inProgress } from '../journal/rows.js';
import { asRotorError, RotorError } from '../rotation/errors.js';
import { holdsLock, type Millis } from '../rotation/run.js';
import { activePause } from '../rotation/schedule/holds.js';
import type { DeclaredRotation } from './rotations.js';

/** What a rotation is refused for before anything is written. */

/** A slip of the pen in the year must not take the place of a pause that holds. */
export function assertEnd(until: Millis | undefined, now: Millis): void {
  if (until === undefined || until > now) return;
  throw new RotorError('request_invalid', `until: ${new Date(until).toISOString()} is over already`, {
    hint: 'To end a pause: `rotor resume`.',
  });
}

export function refuseInPause(name: string, history: History, now: Millis): void {
  const pause = activePause(history, now);
  if (!pause) return;
  const end = pause.until === undefined ? '' : ` until ${new Date(pause.until).toISOString()}`;
  throw new RotorError('paused', `${name} is paused${end}: ${pause.reason}`, {
    effect: 'not_applied',
    hint: `End the pause first: \`rotor resume ${name}\`.`,
  });
}

export function assertTargets({ name, targets }: DeclaredRotation, asked: readonly string[]): void {
  const known = new Set(targets.map((target) => target.name));
  const unknown = asked.find((target) => !known.has(target));
  if (unknown === undefined) return;
  throw new RotorError(
    'not_found',
    `${name} has no target ${JSON.stringify(unknown)}; it has ${[...known].join(', ') || 'none'}`,
  );
}

export function unknownRotation(name: string, declared: readonly { readonly name: string }[]): RotorError {
  const known = declared.map((one) => one.name).join(', ');
  return new RotorError(
    'not_found',
    `there is no rotation ${JSON.stringify(name)}; the config declares ${known}`,
  );
}

export function refuseWhereDriven({ name, drivenBy }: DeclaredRotation): void {
  if (drivenBy === undefined) return;
  throw new RotorError('not_possible', `${name} is rotated by AWS Secrets Manager (\`drivenBy: aws\`)`, {
    effect: 'not_applied',
    hint: `Ask AWS: aws secretsmanager rotate-secret. To store and deliver the token in force: rotor adopt ${name}.`,
  });
}

/**
 * What a start that asks for a new token would be refused with now, where the world does not count, nor an approval, which
 * can be asked for; undefined: with nothing.
 */
export function refusalOf(
  rotation: DeclaredRotation,
  { history, latest }: Known,
  mode: 'rotate' | 'emergency',
  now: Millis,
): RotorError | undefined {
  try {
    refuseWhereDriven(rotation);
    if (mode === 'rotate') refuseInPause(rotation.name, history, now);
  } catch (error) {
    return asRotorError(error);
  }
  return latest && holdsLock(latest.state) ? inProgress({ rotation: rotation.name }, latest) : undefined;
}
