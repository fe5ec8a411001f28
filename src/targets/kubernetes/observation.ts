import type { Observation } from '../target.js';

/** What was seen of one workload, or of a namespace that has none. */
export type Sight = {
  /**
   * `assumed`: nobody can look. `left`: a CronJob, which is left as it is. `nobody`: no workload; all that Rotor writes
   * there is as it should be.
   */
  readonly state: 'converged' | 'pending' | 'assumed' | 'left' | 'nobody';
  readonly seen: number;
  readonly of: number;
  /** Proven to run with another token or to lack the mark of this one, or a Secret or template that does. */
  readonly other: number;
  /** Why not yet, one thing each. */
  readonly why: readonly string[];
};

/** One observation of all of them together: the worst that was seen of any. */
export function observationOf(sights: readonly Sight[]): Observation {
  const seen = sights.reduce((sum, sight) => sum + sight.seen, 0);
  const of = sights.reduce((sum, sight) => sum + sight.of, 0);
  const other = sights.reduce((sum, sight) => sum + sight.other, 0);
  const has = (state: Sight['state']): boolean => sights.some((sight) => sight.state === state);
  const isNobody = sights.every(({ state }) => state === 'nobody');
  const behind = sights.filter(({ state }) => isNobody || state === 'pending');
  const detail = sentence(
    seen,
    of,
    behind.flatMap(({ why }) => why),
  );
  if (behind.length > 0) return { state: 'pending', seen, of, other, detail };
  return has('converged') && !has('assumed') ? { state: 'converged', seen, of } : { state: 'assumed' };
}

const MOST_NAMED = 5;

function sentence(seen: number, of: number, all: readonly string[]): string {
  // One Secret may keep several workloads behind.
  const why = [...new Set(all)];
  const named = why.slice(0, MOST_NAMED);
  const more = why.length > MOST_NAMED ? [`and ${why.length - MOST_NAMED} more`] : [];
  return `${seen} of ${of} pods${why.length > 0 ? ': ' : ''}${[...named, ...more].join(', ')}`;
}
