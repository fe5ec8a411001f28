import type { RotationConfig } from '../config/index.js';
import { RotorError } from '../rotation/errors.js';
import { nameOfSecret, regionOf } from '../stores/index.js';

/** The rotation whose secret AWS names, by ARN, in a call of its rotation function. */
export function drivenRotation(rotations: readonly RotationConfig[], secretId: string): RotationConfig {
  const found = rotations.find(({ store }) => isMeant(store, secretId));
  if (found?.store.drivenBy !== undefined) return found;
  if (found) {
    throw new RotorError(
      'not_possible',
      `AWS calls to rotate ${secretId}, and Rotor itself starts the rotation ${found.name} of that secret`,
      {
        effect: 'not_applied',
        hint: 'Either write `drivenBy: aws` in its store, or: aws secretsmanager cancel-rotate-secret.',
      },
    );
  }
  const driven = rotations.filter(({ store }) => store.drivenBy !== undefined).map(({ name }) => name);
  const declared = driven.length === 0 ? 'the config has none' : `the config has ${driven.join(', ')}`;
  throw new RotorError(
    'not_found',
    `AWS calls to rotate ${secretId}, and no rotation with \`drivenBy: aws\` has that secret: ${declared}`,
    { effect: 'not_applied', hint: 'Name it in the store of a rotation: `secretId` and `region`.' },
  );
}

/** A name in the config means the secret of that name; an ARN that one alone. */
function isMeant(store: RotationConfig['store'], secretId: string): boolean {
  if (store.secretId === secretId) return true;
  const bothAreArns = store.secretId.startsWith('arn:') && secretId.startsWith('arn:');
  const [here, there] = [regionOf(store), regionOf({ secretId })];
  const isSameRegion = here === undefined || there === undefined || here === there;
  return !bothAreArns && isSameRegion && nameOfSecret(store) === nameOfSecret({ secretId });
}
