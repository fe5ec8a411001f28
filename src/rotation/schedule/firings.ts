import { Cron } from 'croner';
import type { Millis } from '../run.js';
import type { DuePolicy } from './policy.js';

type Clockwork = Pick<DuePolicy, 'cron' | 'timezone'>;

/**
 * The first firing after `after`, undefined where there is no cron or it never fires again. A wall-clock time that
 * daylight saving skips fires when the gap is over; one that comes twice fires the first time only.
 */
export function firingAfter({ cron, timezone }: Clockwork, after: Millis): Millis | undefined {
  if (cron === undefined) return undefined;
  return clockworkOf(cron, timezone).nextRun(new Date(after))?.getTime();
}

/** The newest firing that is no more than `withinMs` before `at`, where there is one. */
export function newestFiring(
  { cron, timezone }: Clockwork,
  at: Millis,
  withinMs: number,
): Millis | undefined {
  if (cron === undefined) return undefined;
  const [newest] = clockworkOf(cron, timezone).previousRuns(1, new Date(at + 1));
  const firing = newest?.getTime();
  return firing !== undefined && firing >= at - withinMs ? firing : undefined;
}

const MOST_KEPT = 2_000;
const kept = new Map<string, Cron>();

/** Kept, since a pattern takes longer to read than to ask, and each is asked at every tick. */
function clockworkOf(cron: string, timezone: string): Cron {
  const name = `${cron} ${timezone}`;
  const known = kept.get(name);
  if (known) return known;
  if (kept.size >= MOST_KEPT) kept.clear();
  const made = new Cron(cron, { timezone, paused: true });
  kept.set(name, made);
  return made;
}
