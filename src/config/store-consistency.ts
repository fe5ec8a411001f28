import type { Problem } from './issues.js';
import { fieldOf, valueAt } from './plain.js';

/** Of one store, between fields that are right by themselves. */
export function storeProblems(rotations: readonly unknown[]): Problem[] {
  return rotations.flatMap((rotation, index) => {
    const path = ['rotations', index, 'store'];
    const credentials = valueAt(rotation, ['store', 'credentials']);
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
  });
}
