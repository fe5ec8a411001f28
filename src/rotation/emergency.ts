import type { Policy } from './policy.js';
import type { Millis } from './run.js';
import { holdsAt, type Hold } from './schedule/holds.js';
import type { DueHistory, DuePolicy } from './schedule/policy.js';

/**
 * What a run that waits for nothing leaves out of what is declared, a phrase each: what would keep the schedule, or a
 * person who rotates on demand, from starting one now, and what would have targets wait for each other.
 */
export function skippedInEmergency(
  { waves, soakMs, onTargetFailure }: Policy,
  schedule: { readonly policy: DuePolicy; readonly history: DueHistory },
  now: Millis,
): string[] {
  const ordered = (waves ?? []).map((wave) => ('name' in wave ? wave.name : `${wave.percent}%`));
  return [
    ...holdsAt(schedule.policy, schedule.history, now).map(phraseOf),
    ...(ordered.length > 0 ? [`the waves (${ordered.join(', ')}): no target waits for another`] : []),
    ...(ordered.length > 0 && soakMs !== undefined && soakMs > 0
      ? [`the soak of ${soakMs / 1_000} s after each wave`]
      : []),
    ...(onTargetFailure === 'pause' || onTargetFailure === 'stop'
      ? [`onTargetFailure: ${onTargetFailure}, so that one that fails keeps no other from the token`]
      : []),
  ];
}

/** Every target at once, up to `maxConcurrentTargets`. */
export function withoutWaves({ waves: _w, soakMs: _s, onTargetFailure: _f, ...policy }: Policy): Policy {
  return policy;
}

const WHAT: Readonly<Record<Hold['by'], string>> = {
  pause: 'the pause',
  blackout: 'the blackout',
  window: 'the window, which is closed',
  jitter: 'the jitter',
  back_off: 'the rest after a run that came to nothing',
};

function phraseOf({ by, until, reason }: Hold): string {
  const end = until === undefined ? '' : ` until ${new Date(until).toISOString()}`;
  return `${WHAT[by]}${end}${reason === undefined ? '' : `: ${reason}`}`;
}

/**
 * What keeps the schedule from starting a run now, and no person, a phrase each. A cron without a window is left out: it
 * says when a run starts, and forbids no other time.
 */
export function outOfSchedule(
  { policy, history }: { readonly policy: DuePolicy; readonly history: DueHistory },
  now: Millis,
): string[] {
  return holdsAt(policy, history, now).flatMap((hold) => {
    if (hold.by === 'blackout') return [`in ${phraseOf(hold)}`];
    if (hold.by !== 'window' || policy.windowMs === undefined) return [];
    return [`outside of ${phraseOf(hold)}`];
  });
}
