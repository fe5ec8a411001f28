import type { Millis } from '../run.js';
import { firingAfter, newestFiring } from './firings.js';
import { holdAt, type Hold } from './holds.js';
import type { DueHistory, DuePolicy } from './policy.js';

export type Due = { readonly because: 'too_old' | 'near_expiry' | 'scheduled'; readonly since: Millis };

/** A token that is due, and what still keeps its run from starting. */
export type Standing = { readonly due: Due; readonly hold?: Hold };

/**
 * Whether and why a rotation is due, a pure function of policy, history and now: a tick that was missed, by a restart
 * or by a clock that was changed, is caught up by the next one, once.
 */
export function standingOf(policy: DuePolicy, history: DueHistory, now: Millis): Standing | undefined {
  const wanted =
    tooOld(policy, history, now) ?? nearExpiry(policy, history, now) ?? fired(policy, history, now);
  if (!wanted) return undefined;
  const hold = holdAt(policy, history, wanted, now);
  return { due: wanted, ...(hold && { hold }) };
}

/** Why a run is to start now, or undefined. */
export function due(policy: DuePolicy, history: DueHistory, now: Millis): Due | undefined {
  const standing = standingOf(policy, history, now);
  return standing?.hold ? undefined : standing?.due;
}

/** Policy: no token lives longer than this, whatever the cron says. */
function tooOld({ maxAgeMs }: DuePolicy, { tokenSince }: DueHistory, now: Millis): Due | undefined {
  if (maxAgeMs === undefined || now < tokenSince + maxAgeMs) return undefined;
  return { because: 'too_old', since: tokenSince + maxAgeMs };
}

function nearExpiry(policy: DuePolicy, { tokenSince }: DueHistory, now: Millis): Due | undefined {
  const { maxAgeMs, renewBeforeMs = 0 } = policy;
  if (maxAgeMs === undefined) return undefined;
  const since = tokenSince + maxAgeMs - renewBeforeMs;
  return now < since ? undefined : { because: 'near_expiry', since };
}

/** With an age as well, the age alone says that the token is due, and the cron when its run may start. */
function fired(policy: DuePolicy, history: DueHistory, now: Millis): Due | undefined {
  if (policy.maxAgeMs !== undefined) return undefined;
  const since = firstUnserved(policy, history, now);
  return since === undefined || now < since ? undefined : { because: 'scheduled', since };
}

function firstUnserved(policy: DuePolicy, history: DueHistory, now: Millis): Millis | undefined {
  const served = baseline(history);
  const { catchUp, windowMs } = policy;
  if (catchUp !== 'skip' || windowMs === undefined) return firingAfter(policy, served);
  const open = newestFiring(policy, now, windowMs - 1);
  return open !== undefined && open > served ? open : undefined;
}

/** A firing before this has been served, or belongs to a time before Rotor knew the rotation. */
export function baseline({ tokenSince, lastAttempt, failures }: DueHistory): Millis {
  return failures > 0 || lastAttempt === undefined ? tokenSince : Math.max(tokenSince, lastAttempt);
}
