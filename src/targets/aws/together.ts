import type { Observation } from '../target.js';

type Counted = Extract<Observation, { seen: number }>;

/** One look at several parts: as bad as the worst of them, with the sum of their instances. */
export function together(looks: readonly Observation[]): Observation {
  const release = looks.find(({ state }) => state === 'needs_release');
  if (release) return release;
  const counted = looks.filter((look): look is Counted => 'seen' in look);
  const seen = counted.reduce((sum, look) => sum + look.seen, 0);
  const of = counted.reduce((sum, look) => sum + look.of, 0);
  const failed = detailsOf(counted, 'failed');
  if (failed) return { state: 'failed', seen, of, detail: failed };
  if (counted.some(({ state }) => state === 'pending')) {
    const detail = detailsOf(counted, 'pending');
    return { state: 'pending', seen, of, ...(detail && { detail }) };
  }
  return counted.length < looks.length ? { state: 'assumed' } : { state: 'converged', seen, of };
}

function detailsOf(looks: readonly Counted[], state: 'failed' | 'pending'): string {
  return looks
    .flatMap((look) => (look.state === state && 'detail' in look && look.detail ? [look.detail] : []))
    .join('; ');
}
