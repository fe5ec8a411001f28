import type { Problem } from './issues.js';
import { fieldOf } from './plain.js';
import type { Path } from './yaml-source.js';

/** Of one store, between fields that are right by themselves. */
export function storeProblems(rotations: readonly unknown[]): Problem[] {
  return rotations.flatMap((rotation, index) => {
    const store = fieldOf(rotation, 'store');
    const path = ['rotations', index, 'store'];
    return upkeepProblems(store, path);
  });
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
