import type { Due } from './due.js';

/** Of one upstream, for runs that the schedule starts: a person who asks for one is not made to wait. */
export type Limits = {
  /** Runs under way; one that is stalled, or delivers only, is not counted. */
  readonly runsAtOnce: number;
  readonly startsPerMinute: number;
};

/** What keeps an upstream busy: runs under way, and those that were started within the last minute. */
export type Load = { readonly underWay: number; readonly startedLately: number };

/**
 * Of one upstream, whatever the limits allow: fifty that begin in one moment ask, reset and deliver in the same moments,
 * and each waits for all others. Who looks twice a second while some wait has fifty under way within nine seconds.
 */
const STARTS_A_LOOK = 3;

type Candidate = { readonly upstream: string; readonly due: Due };

/**
 * Those that may start now, the longest due first, so that after a downtime nobody is passed over for ever. What is
 * left is found again by the next tick.
 */
export function admitted<T extends Candidate>(
  candidates: readonly T[],
  loadOf: (upstream: string) => Load,
  limits: Limits,
): readonly T[] {
  const free = new Map<string, number>();
  return candidates
    .toSorted((one, other) => one.due.since - other.due.since)
    .filter(({ upstream }) => {
      const left = free.get(upstream) ?? roomOf(loadOf(upstream), limits);
      free.set(upstream, left - 1);
      return left > 0;
    });
}

function roomOf({ underWay, startedLately }: Load, { runsAtOnce, startsPerMinute }: Limits): number {
  return Math.min(runsAtOnce - underWay, startsPerMinute - startedLately, STARTS_A_LOOK);
}
