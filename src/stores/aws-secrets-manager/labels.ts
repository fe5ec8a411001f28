import type { VersionId } from '../store.js';

export const CURRENT = 'AWSCURRENT';

const OWN = /^rotor-[0-9a-f]{16}$/;

/**
 * The label that keeps a candidate alive, as AWS may delete a version without one. One for each candidate, since a
 * label sits on one version only; never AWSPENDING, which belongs to AWS's own rotation.
 * Quota: 20 labels a secret, https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
 */
export function ownLabel(version: VersionId): string {
  return `rotor-${version.slice(0, 16)}`;
}

export function isOwnLabel(label: string): boolean {
  return OWN.test(label);
}
