import type { DuePolicy } from '../rotation/schedule/policy.js';
import { gapOf, wallTimeMs } from './schedule-field.js';
import type { DeclaredSchedule } from './schedule-schema.js';

const JITTER_MS = 20 * 60_000;
/** Of the time that a start has: the rest is left for the run. */
const JITTER_PART = 4;

/** `jitterMs` is the whole jitter, of which each rotation takes its share. */
export type ScheduleConfig = Pick<
  DuePolicy,
  'cron' | 'timezone' | 'windowMs' | 'catchUp' | 'blackouts' | 'jitterMs'
>;

/** Key by key: what the rotation says, else `defaults`, else what Rotor assumes. Blackouts add up. */
export function completeSchedule(
  own: DeclaredSchedule = {},
  shared: DeclaredSchedule = {},
  renewBeforeMs?: number,
): ScheduleConfig {
  const { cron, timezone = 'UTC', window, jitter, catchUp = 'next-window' } = { ...shared, ...own };
  return {
    timezone,
    catchUp,
    ...(cron !== undefined && { cron }),
    ...(window !== undefined && { windowMs: window }),
    jitterMs: jitter ?? assumedJitter({ cron, timezone, window, renewBeforeMs }),
    blackouts: [shared, own].flatMap(({ blackouts = [], timezone: zone = timezone }) =>
      blackouts.map(({ from, to, reason }) => ({
        from: wallTimeMs(from, zone),
        to: wallTimeMs(to, zone),
        reason,
      })),
    ),
  };
}

type Room = {
  readonly cron: string | undefined;
  readonly timezone: string;
  readonly window: number | undefined;
  readonly renewBeforeMs: number | undefined;
};

function assumedJitter({ cron, timezone, window, renewBeforeMs }: Room): number {
  const byCron = cron === undefined ? [] : [gapOf(cron, timezone)];
  const byAge = cron === undefined && renewBeforeMs !== undefined ? [renewBeforeMs] : [];
  const room = Math.min(...byCron, ...byAge, ...(window === undefined ? [] : [window]));
  return Math.min(JITTER_MS, Math.floor(room / JITTER_PART));
}
