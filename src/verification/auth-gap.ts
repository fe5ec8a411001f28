import { isOver } from '../rotation/delivery.js';
import type { Millis, Run } from '../rotation/run.js';

export type AuthGap = {
  /** From the first fresh connection that refused the old token to the last target instance seen on the new one. */
  readonly ms: number;
  /** The true gap lies within this many milliseconds of `ms`: the longest time that either end went unobserved. */
  readonly resolutionMs: number;
};

/** `null` is "not measured": an end was never seen, or a target can't be observed. Never 0 for want of knowing. */
export function authGapOf(run: Run): AuthGap | null {
  const { oldFirstRefused, oldLastAccepted } = run.measure;
  if (oldFirstRefused === undefined || oldLastAccepted === undefined || run.deliveries.length === 0)
    return null;
  let last: { at: Millis; unseenMs: number } | undefined;
  for (const delivery of run.deliveries) {
    if (!isOver(delivery) || delivery.state !== 'converged' || delivery.convergedAt === undefined)
      return null;
    const at = delivery.convergedAt;
    if (!last || at > last.at) last = { at, unseenMs: at - (delivery.lastBehind ?? oldFirstRefused) };
  }
  if (!last) return null;
  const ms = Math.max(0, last.at - oldFirstRefused);
  return { ms, resolutionMs: Math.max(oldFirstRefused - oldLastAccepted, last.unseenMs) };
}
