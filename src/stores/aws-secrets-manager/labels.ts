import { createHash } from 'node:crypto';
import type { Labelled, VersionId } from '../store.js';

export const CURRENT = 'AWSCURRENT';
/** Follows AWSCURRENT to the version that loses it. */
const PREVIOUS = 'AWSPREVIOUS';
/** AWS's own, on the version that a rotation driven by AWS is to fill; no other version of Rotor's ever carries it. */
export const PENDING = 'AWSPENDING';

const OWN = /^rotor-[0-9a-f]{16}$/;
const NOTE = /^rotor-note-[0-9a-f]{16}$/;
const CROSSED = /^rotor-void-[0-9a-f]{16}$/;

/**
 * The label that keeps a candidate alive, as AWS may delete a version without one. One for each candidate, since a
 * label sits on one version only; never AWSPENDING, which belongs to AWS's own rotation.
 * Quota: 20 labels a secret, https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
 */
export function ownLabel(version: VersionId): string {
  return `rotor-${sixteenDigits(version)}`;
}

export function isOwnLabel(label: string): boolean {
  return OWN.test(label);
}

/** What a version is kept for: of several labels by the one that says most. */
export function roleOf(labels: readonly string[]): Labelled['role'] {
  if (labels.includes(CURRENT)) return 'current';
  if (labels.includes(PENDING) || labels.some(isOwnLabel)) return 'pending';
  return labels.includes(PREVIOUS) ? 'previous' : 'other';
}

/** On a version that holds a note and no token. */
export function noteLabel(version: VersionId): string {
  return `rotor-note-${sixteenDigits(version)}`;
}

export function isNoteLabel(label: string): boolean {
  return NOTE.test(label);
}

/** On a note whose words are known not to have come true. */
export function crossedLabel(version: VersionId): string {
  return `rotor-void-${sixteenDigits(version)}`;
}

export function isCrossedLabel(label: string): boolean {
  return CROSSED.test(label);
}

/** Rotor's own version ids are hex digits; those that AWS or a person has chosen may be anything. */
function sixteenDigits(version: VersionId): string {
  const own = /^[0-9a-f]{16}/.exec(version)?.[0];
  return own ?? createHash('sha256').update(version).digest('hex').slice(0, 16);
}
