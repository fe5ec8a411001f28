import { Cron } from 'croner';
import type { Millis } from './run.js';

/** When a rotation's token is due, as it was declared. */
export type DuePolicy = {
  readonly maxAgeMs?: number;
  /** Due this much before the token reaches its age; leaves time for one failed run and another. */
  readonly renewBeforeMs?: number;
  readonly cron?: string;
  /** IANA name; the cron's wall clock. */
  readonly timezone: string;
};

/** What has happened so far, from the journal and from when this rotation was first known. */
export type DueHistory = {
  /** The age of the token in force counts from here; where no run has settled yet, from when Rotor first saw it. */
  readonly tokenSince: Millis;
  /** The start of the newest run, whatever became of it. */
  readonly lastAttempt?: Millis;
  /** How often in a row the newest runs ended without a new token. */
  readonly failures: number;
};

export type Due = { readonly because: 'too_old' | 'near_expiry' | 'scheduled'; readonly since: Millis };

const RETRY_BASE_MS = 60_000;
const RETRY_CAP_MS = 6 * 60 * 60_000;

/**
 * Why a rotation is due now, or undefined. A pure function of policy, history and now: a tick that was missed, by a
 * restart or by a clock that was changed, is caught up by the next one, once.
 */
export function due(policy: DuePolicy, history: DueHistory, now: Millis): Due | undefined {
  const hit =
    isTooOld(policy, history, now) ?? isNearExpiry(policy, history, now) ?? hasFired(policy, history, now);
  if (!hit || isBackingOff(history, now)) return undefined;
  return hit;
}

/** When `due` will next say yes if nothing happens, for people; undefined where there is no schedule. */
export function nextDue(policy: DuePolicy, history: DueHistory, now: Millis): Millis | undefined {
  const dues = [];
  if (policy.maxAgeMs !== undefined && policy.cron === undefined) {
    dues.push(history.tokenSince + policy.maxAgeMs - (policy.renewBeforeMs ?? 0));
  }
  if (policy.cron !== undefined) dues.push(firing(policy.cron, policy.timezone, baseline(history)) ?? now);
  if (dues.length === 0) return undefined;
  return Math.max(Math.min(...dues), backOffUntil(history));
}

/** Policy: no token lives longer than this, whatever the cron says. */
function isTooOld({ maxAgeMs }: DuePolicy, { tokenSince }: DueHistory, now: Millis): Due | undefined {
  if (maxAgeMs === undefined || now < tokenSince + maxAgeMs) return undefined;
  return { because: 'too_old', since: tokenSince + maxAgeMs };
}

/** With a cron, the cron alone says when within the time that is left. */
function isNearExpiry(policy: DuePolicy, { tokenSince }: DueHistory, now: Millis): Due | undefined {
  const { maxAgeMs, renewBeforeMs = 0, cron } = policy;
  if (maxAgeMs === undefined || cron !== undefined) return undefined;
  const since = tokenSince + maxAgeMs - renewBeforeMs;
  return now < since ? undefined : { because: 'near_expiry', since };
}

function hasFired({ cron, timezone }: DuePolicy, history: DueHistory, now: Millis): Due | undefined {
  if (cron === undefined) return undefined;
  const since = firing(cron, timezone, baseline(history));
  return since === undefined || now < since ? undefined : { because: 'scheduled', since };
}

/** The first firing after `after`; a wall-clock time that DST skips fires at the next one that exists. */
function firing(cron: string, timezone: string, after: Millis): Millis | undefined {
  return new Cron(cron, { timezone, paused: true }).nextRun(new Date(after))?.getTime();
}

/** A firing before this has been served, or belongs to a time before Rotor knew the rotation. */
function baseline({ tokenSince, lastAttempt, failures }: DueHistory): Millis {
  return failures > 0 || lastAttempt === undefined ? tokenSince : Math.max(tokenSince, lastAttempt);
}

function isBackingOff(history: DueHistory, now: Millis): boolean {
  return now < backOffUntil(history);
}

/** After a failed run: a minute, doubling up to six hours, so that a broken upstream is not reset at every tick. */
function backOffUntil({ lastAttempt, failures }: DueHistory): Millis {
  if (lastAttempt === undefined || failures === 0) return 0;
  return lastAttempt + Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** Math.min(failures - 1, 20));
}
