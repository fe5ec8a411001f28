import type { Millis } from '../run.js';
import type { Due } from './due.js';
import { firingAfter, newestFiring } from './firings.js';
import type { DueHistory, DuePolicy, Pause } from './policy.js';

/** Why a run does not start although its token is due, and when that is over; absent: when a person says so. */
export type Hold = {
  readonly by: 'pause' | 'blackout' | 'window' | 'jitter' | 'back_off';
  readonly until?: Millis;
  /** A person's words. */
  readonly reason?: string;
};

/** Of the holds of a moment the one that comes first; others may follow when it is over. */
export function holdAt(policy: DuePolicy, history: DueHistory, due: Due, at: Millis): Hold | undefined {
  return (
    pauseAt(history, at) ??
    backOffAt(history, at) ??
    blackoutAt(policy, at) ??
    windowAt(policy, due, at) ??
    jitterAt(policy, due, at)
  );
}

/** All that keeps a run from being started by the schedule at that moment, also where its token is not due. */
export function holdsAt(policy: DuePolicy, history: DueHistory, at: Millis): Hold[] {
  const now = { because: 'scheduled', since: at } as const;
  const holds = [
    pauseAt(history, at),
    backOffAt(history, at),
    blackoutAt(policy, at),
    windowAt(policy, now, at),
  ];
  return holds.filter((hold) => hold !== undefined);
}

/** The pause of that moment, where there is one. */
export function activePause({ pause }: DueHistory, at: Millis): Pause | undefined {
  return pause?.until !== undefined && at >= pause.until ? undefined : pause;
}

function pauseAt(history: DueHistory, at: Millis): Hold | undefined {
  const pause = activePause(history, at);
  return pause && { by: 'pause', ...pause };
}

const RETRY_BASE_MS = 60_000;
const RETRY_CAP_MS = 6 * 60 * 60_000;

/** Whoever cancels a run does not want the next one a minute later, and may not have thought of a pause. */
const CANCELLED_MS = 60 * 60_000;

/**
 * After the end of a failed run: a minute, doubling up to six hours, so that a broken upstream is not reset at every
 * tick; after one that a person has cancelled an hour at the least.
 */
function backOffAt({ lastAttempt, gaveUp, failures }: DueHistory, at: Millis): Hold | undefined {
  if (lastAttempt === undefined || failures === 0) return undefined;
  const restMs = Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** Math.min(failures - 1, 20));
  const isCancelled = gaveUp?.isCancelled === true;
  const until = (gaveUp?.at ?? lastAttempt) + (isCancelled ? Math.max(restMs, CANCELLED_MS) : restMs);
  const reason = isCancelled ? { reason: 'the run before it was cancelled' } : {};
  return at < until ? { by: 'back_off', until, ...reason } : undefined;
}

/** With its share of the jitter at the end, since what was held back would start in one moment. */
function blackoutAt({ blackouts, jitterMs }: DuePolicy, at: Millis): Hold | undefined {
  const found = blackouts.find(({ from, to }) => at >= from && at < to + jitterMs);
  return found && { by: 'blackout', until: found.to + jitterMs, reason: found.reason };
}

/** A window opens a little later for each rotation, and closes for all at the same time. */
function windowAt(policy: DuePolicy, due: Due, at: Millis): Hold | undefined {
  const { cron, windowMs, catchUp, jitterMs } = policy;
  if (cron === undefined) return undefined;
  if (windowMs === undefined || catchUp === 'now') return firstFiringAt(policy, due, at);
  const opened = newestFiring(policy, at, windowMs - 1);
  if (opened !== undefined) {
    return at < opened + jitterMs ? { by: 'jitter', until: opened + jitterMs } : undefined;
  }
  const next = firingAfter(policy, at);
  return { by: 'window', ...(next !== undefined && { until: next + jitterMs }) };
}

/**
 * Without a window, or where one that went by is made up for at once, the first firing since the token is due opens the
 * time for good, and so does too high an age.
 */
function firstFiringAt(policy: DuePolicy, { because, since }: Due, at: Millis): Hold | undefined {
  if (because === 'too_old') return undefined;
  const firing = firingAfter(policy, since - 1);
  if (firing === undefined) return { by: 'window' };
  const until = firing + policy.jitterMs;
  return at < until ? { by: at < firing ? 'window' : 'jitter', until } : undefined;
}

/** A token that is too old has been due for long: it waits for no share. */
function jitterAt({ jitterMs }: DuePolicy, { because, since }: Due, at: Millis): Hold | undefined {
  if (because === 'too_old' || at >= since + jitterMs) return undefined;
  return { by: 'jitter', until: since + jitterMs };
}
