import { createHash, randomUUID } from 'node:crypto';
import type { Resource } from '../../issuers/issuer.js';
import type { StageKey, VersionId } from '../../stores/store.js';
import { RotorError } from '../errors.js';
import type { Millis } from '../run.js';
import { parseFingerprint, type Fingerprint, type Secret } from '../secret.js';

/** That a token is about to be reset, durable before the one request that does it. */
export type Intent = {
  readonly rotation: VersionId;
  readonly resource: string;
  /** Of the token that was in force: another one in the plan is what the reset has brought. */
  readonly previous: Fingerprint;
  /** The change that had put it in force, where the issuer tells. */
  readonly attempt?: string;
  readonly at: Millis;
};

/** Requests of one rotation that may be proven not to have arrived; then a person should look. */
const MOST_TRIES = 5;

/** Of one rotation, in their order: each counts once the ones before it are crossed out. */
export function intentKeys(rotation: VersionId): readonly StageKey[] {
  return Array.from({ length: MOST_TRIES }, (_, nth) => keyOf(rotation, nth));
}

function keyOf(rotation: VersionId, nth: number): StageKey {
  return createHash('sha256').update(['intent', rotation, nth].join('\0')).digest('hex') as StageKey;
}

export function intentOf(
  rotation: VersionId,
  { key: resource }: Resource,
  { fingerprint: previous }: Secret,
  known: { readonly attempt: string | undefined; readonly at: Millis },
): Intent {
  const { attempt, at } = known;
  return { rotation, resource, previous, ...(attempt !== undefined && { attempt }), at };
}

/** Each time another text: of two that write the same intent at once, one is told that it is taken. */
export function wordsOf(intent: Intent): string {
  return JSON.stringify({ note: 'Rotor is about to reset the token', ...intent, by: randomUUID() });
}

export function parseIntent(words: string): Intent {
  let parsed: unknown;
  try {
    parsed = JSON.parse(words);
  } catch {
    parsed = undefined;
  }
  const { rotation, resource, previous, attempt, at } = (parsed ?? {}) as Record<string, unknown>;
  const fingerprint = typeof previous === 'string' ? parseFingerprint(previous) : undefined;
  if (
    typeof rotation !== 'string' ||
    typeof resource !== 'string' ||
    typeof at !== 'number' ||
    !fingerprint
  ) {
    throw new RotorError(
      'store_refused',
      'A note of Rotor about a reset cannot be read: somebody has changed it.',
      {
        hint: 'See in CloudTrail who wrote the secret. Then compare the plan with the store: rotor adopt.',
      },
    );
  }
  return {
    rotation: rotation as VersionId,
    resource,
    previous: fingerprint,
    ...(typeof attempt === 'string' && { attempt }),
    at,
  };
}
