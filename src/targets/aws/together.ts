import type { Observation } from '../target.js';

type Counted = Extract<Observation, { seen: number }>;

/**
 * One look at several parts, with the sum of their instances: what a delivery may yet change comes first, then what
 * waits for a release, then what nobody can see. Converged only where each part is.
 */
export function together(looks: readonly Observation[]): Observation {
  const counted = looks.filter((look): look is Counted => 'seen' in look);
  const seen = counted.reduce((sum, look) => sum + look.seen, 0);
  const of = counted.reduce((sum, look) => sum + look.of, 0);
  const others = counted.map((look) => (look.state === 'converged' ? 0 : look.other));
  const isKnown = others.every((one) => one !== undefined);
  const behind = { seen, of, ...(isKnown && { other: others.reduce((sum, one) => sum + one, 0) }) };
  const release = detailsOf(looks, 'needs_release');
  const failed = detailsOf(looks, 'failed');
  if (failed.length > 0) return { state: 'failed', ...behind, detail: [...failed, ...release].join('; ') };
  if (counted.some(({ state }) => state === 'pending')) {
    const detail = [...detailsOf(looks, 'pending'), ...release].join('; ');
    return { state: 'pending', ...behind, ...(detail && { detail }) };
  }
  if (release.length > 0) return { state: 'needs_release', detail: release.join('; '), isSeen: true };
  return counted.length < looks.length ? { state: 'assumed' } : { state: 'converged', seen, of };
}

function detailsOf(looks: readonly Observation[], state: Observation['state']): readonly string[] {
  return looks.flatMap((look) =>
    look.state === state && 'detail' in look && look.detail ? [look.detail] : [],
  );
}
