import { RotorError } from '../../rotation/errors.js';
import type { Description } from './api.js';

type Refusal = { readonly because: string; readonly hint: string };
type Check = (secret: Description) => Refusal | undefined;

/** First hit refuses. */
const CHECKS: readonly Check[] = [
  isBeingDeleted,
  isRotatedByAws, // two rotations of one secret: each would put its own token over the other's
  isOwnedByService, // AWS refuses writes to it
  isReplica, // as well
];

/** Throws `store_refused` for a secret that Rotor must not or cannot write. */
export function assertWritable(secret: Description, place: string, drivenBy: 'aws' | undefined): void {
  const checks = drivenBy === 'aws' ? CHECKS.filter((check) => check !== isRotatedByAws) : CHECKS;
  for (const check of checks) {
    const refusal = check(secret);
    if (refusal)
      throw new RotorError('store_refused', `${place} ${refusal.because}.`, { hint: refusal.hint });
  }
}

export function assertNotDeleted(secret: Description, place: string): void {
  const refusal = isBeingDeleted(secret);
  if (refusal) throw new RotorError('store_refused', `${place} ${refusal.because}.`, { hint: refusal.hint });
}

function isBeingDeleted({ DeletedDate }: Description): Refusal | undefined {
  if (DeletedDate === undefined) return undefined;
  return {
    because: `is scheduled for deletion on ${DeletedDate.toISOString().slice(0, 10)}`,
    hint: 'Restore it (aws secretsmanager restore-secret), or name another secret.',
  };
}

function isRotatedByAws({ RotationEnabled }: Description): Refusal | undefined {
  if (RotationEnabled !== true) return undefined;
  return {
    because: 'is rotated by AWS itself, which would put a value of its own over the token',
    hint: 'Turn that off (aws secretsmanager cancel-rotate-secret), or let AWS drive Rotor: `drivenBy: aws` in the store.',
  };
}

function isOwnedByService({ OwningService }: Description): Refusal | undefined {
  if (OwningService === undefined) return undefined;
  return {
    because: `is managed by the AWS service ${OwningService}, which alone may write it`,
    hint: 'Name a secret that no AWS service manages.',
  };
}

/** The ARN of a replica has its own Region: https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html */
function isReplica({ ARN, PrimaryRegion }: Description): Refusal | undefined {
  if (PrimaryRegion === undefined || PrimaryRegion === ARN?.split(':')[3]) return undefined;
  return {
    because: `is a replica of the secret in ${PrimaryRegion}, and a replica cannot be written`,
    hint: `Set region to ${PrimaryRegion}.`,
  };
}
