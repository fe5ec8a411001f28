import { asRotorError, RotorError } from '../../rotation/errors.js';
import type { SecretApi } from './api.js';

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const MOST_VERSIONS = 100;
/** Versions younger than this are never taken away to make room, labels or not (PutSecretValue, API reference). */
const KEPT_MS = 24 * 60 * 60_000;
/** A copy of the token in force, the new one, and the new one again where somebody edits the secret meanwhile. */
const NEEDED = 3;

/**
 * Throws `store_unavailable` where AWS would refuse one of the versions that a rotation makes: after a reset that would
 * be a token in force that cannot be stored for up to a day. Where the permission to list versions is missing, nothing
 * is known and nothing thrown.
 */
export async function assertRoom(
  api: Pick<SecretApi, 'versions'>,
  place: string,
  signal: AbortSignal,
): Promise<void> {
  const versions = await api.versions(signal).catch((error: unknown) => {
    if (asRotorError(error).code === 'store_denied') return undefined;
    throw error;
  });
  if (versions === undefined) return;
  const now = Date.now();
  const kept = versions.filter(
    ({ VersionStages, CreatedDate }) =>
      (VersionStages?.length ?? 0) > 0 ||
      (CreatedDate !== undefined && CreatedDate.getTime() > now - KEPT_MS),
  );
  if (kept.length + NEEDED <= MOST_VERSIONS) return;
  throw new RotorError(
    'store_unavailable',
    `${place} has ${kept.length} versions that AWS keeps, and a rotation needs room for ${NEEDED} more of ${MOST_VERSIONS}.`,
    {
      hint: 'AWS keeps each for a day at least: rotate less often, and find out what else writes to the secret.',
    },
  );
}
