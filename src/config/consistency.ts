import { formatDuration } from './duration.js';
import type { Problem } from './issues.js';
import { ageConfig } from './rotation-schema.js';
import type { Path } from './yaml-source.js';

/**
 * Faults between fields that are right by themselves, `defaults` taken into account. Works on the plain values of the
 * file, so that a fault elsewhere hides none of these.
 */
export function consistencyProblems(defaults: unknown, rotations: readonly unknown[]): Problem[] {
  const shared = ageConfig.safeParse(defaults ?? {}).data;
  if (shared === undefined) return [];
  return rotations.flatMap((rotation, index) => {
    const own = ageConfig.safeParse(rotation).data;
    if (own === undefined) return [];
    const path =
      own.renewBefore === undefined ? ['defaults', 'renewBefore'] : ['rotations', index, 'renewBefore'];
    return renewProblems(path, own.renewBefore ?? shared.renewBefore, own.maxAge ?? shared.maxAge);
  });
}

function renewProblems(path: Path, renewBefore: number | undefined, maxAge: number | undefined): Problem[] {
  if (renewBefore === undefined) return [];
  const found = formatDuration(renewBefore);
  if (maxAge === undefined) {
    return [{ path, found: `${found} without a maxAge`, expected: 'a maxAge too, or no renewBefore' }];
  }
  if (renewBefore < maxAge) return [];
  return [{ path, found, expected: `less than maxAge, which is ${formatDuration(maxAge)}` }];
}
