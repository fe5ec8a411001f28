import type { Millis } from '../run.js';
import { baseline, standingOf } from './due.js';
import { firingAfter } from './firings.js';
import type { Hold } from './holds.js';
import type { DueHistory, DuePolicy } from './policy.js';

/** Holds follow each other, a blackout on a window: more of them in a row than this are a schedule that never starts. */
const MOST_HOLDS = 1_000;

/**
 * When the next run starts if nothing else happens, for people; undefined where none ever does: without a schedule, in
 * a pause without an end, or where every window lies in a blackout.
 */
export function nextStart(policy: DuePolicy, history: DueHistory, now: Millis): Millis | undefined {
  let at = now;
  for (let holds = 0; holds < MOST_HOLDS; holds += 1) {
    const standing = standingOf(policy, history, at);
    if (standing && !standing.hold) return at;
    const next = standing?.hold ? endOf(standing.hold, policy, history, at) : nextChange(policy, history, at);
    if (next === undefined) return undefined;
    at = next;
  }
  return undefined;
}

/**
 * When the run after the newest one was or is to start, as it was to be seen then: a moment that is over, with no run
 * since, is a start that was missed.
 */
export function plannedStart(policy: DuePolicy, history: DueHistory): Millis | undefined {
  return nextStart(policy, history, Math.max(history.tokenSince, history.lastAttempt ?? 0));
}

/** The next starts, as if each run took no time and succeeded. */
export function nextStarts(
  policy: DuePolicy,
  history: DueHistory,
  now: Millis,
  count: number,
): readonly Millis[] {
  const starts: Millis[] = [];
  let [past, at] = [history, now];
  while (starts.length < count) {
    const start = nextStart(policy, past, at);
    if (start === undefined) break;
    starts.push(start);
    const { pause } = past;
    past = { tokenSince: start, lastAttempt: start, failures: 0, ...(pause && { pause }) };
    at = start + 1;
  }
  return starts;
}

/** A token that comes to be too old meanwhile waits for less. */
function endOf(
  { until }: Hold,
  { maxAgeMs }: DuePolicy,
  { tokenSince }: DueHistory,
  at: Millis,
): Millis | undefined {
  const tooOld = maxAgeMs === undefined ? Infinity : tokenSince + maxAgeMs;
  const end = Math.min(until ?? Infinity, tooOld > at ? tooOld : Infinity);
  return end === Infinity ? undefined : end;
}

/** The first moment after `at` at which the token may become due. */
function nextChange(policy: DuePolicy, history: DueHistory, at: Millis): Millis | undefined {
  const { maxAgeMs, renewBeforeMs = 0 } = policy;
  const byAge = maxAgeMs === undefined ? [] : [history.tokenSince + maxAgeMs - renewBeforeMs];
  const byCron = maxAgeMs === undefined ? firingAfter(policy, Math.max(at, baseline(history))) : undefined;
  const changes = [...byAge, ...(byCron === undefined ? [] : [byCron])].filter((change) => change > at);
  return changes.length === 0 ? undefined : Math.min(...changes);
}
