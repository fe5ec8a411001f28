import type { Problem } from './issues.js';
import { fieldOf } from './plain.js';
import type { Path } from './yaml-source.js';

/** Between fields of a role of AWS that are right by themselves, of a store or a target. */
export function credentialsProblems(rotations: readonly unknown[]): Problem[] {
  return rotations.flatMap((rotation, index) => {
    const targets = fieldOf(rotation, 'targets');
    const listed: readonly unknown[] = Array.isArray(targets) ? targets : [];
    return [
      ...problemsOf(fieldOf(rotation, 'store'), ['rotations', index, 'store']),
      ...listed.flatMap((target, at) => problemsOf(target, ['rotations', index, 'targets', at])),
    ];
  });
}

function problemsOf(parent: unknown, path: Path): Problem[] {
  const credentials = fieldOf(parent, 'credentials');
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
