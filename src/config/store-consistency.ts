import type { Problem } from './issues.js';
import { fieldOf } from './plain.js';
import type { Path } from './yaml-source.js';

/** Of one store, between fields that are right by themselves. */
export function storeProblems(rotations: readonly unknown[]): Problem[] {
  return rotations.flatMap((rotation, index) => {
    const store = fieldOf(rotation, 'store');
    const path = ['rotations', index, 'store'];
    return [...credentialsProblems(fieldOf(store, 'credentials'), path), ...upkeepProblems(store, path)];
  });
}

function credentialsProblems(credentials: unknown, path: Path): Problem[] {
  const isByToken = fieldOf(credentials, 'webIdentityTokenFile') !== undefined;
  if (!isByToken || fieldOf(credentials, 'externalId') === undefined) return [];
  return [
    {
      path: [...path, 'credentials', 'externalId'],
      atKey: true,
      found: 'externalId beside webIdentityTokenFile',
      expected:
        'one of the two, as AWS knows no external id for a role that is taken on with an identity token',
      hint: 'Say in the trust policy of the role which subject may take it on.',
    },
  ];
}

/** Each of the four steps that AWS calls is to be quick, and none of them is the right one for it. */
function upkeepProblems(store: unknown, path: Path): Problem[] {
  if (fieldOf(store, 'drivenBy') !== 'aws') return [];
  return ['tags', 'replicaRegions']
    .filter((key) => fieldOf(store, key) !== undefined)
    .map((key) => ({
      path: [...path, key],
      atKey: true,
      found: `${key} in a secret whose rotation AWS drives`,
      expected: `no ${key}, as Rotor puts them right only where it starts the rotation itself`,
      hint: 'Set them where the rotation of the secret is set up.',
    }));
}
