import fc from 'fast-check';
import type { DueHistory, DuePolicy } from '../../../src/rotation/schedule/policy.js';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const at = (text: string): number => Date.parse(text);

export const NO_LIMITS = { runsAtOnce: 10_000, startsPerMinute: 10_000 };

export const policy = (over: Partial<DuePolicy> = {}): DuePolicy => ({
  timezone: 'UTC',
  catchUp: 'next-window',
  blackouts: [],
  jitterMs: 0,
  ...over,
});

export const history = (over: Partial<DueHistory> = {}): DueHistory => ({
  tokenSince: at('2026-03-01T00:00Z'),
  failures: 0,
  ...over,
});

/** Summer time of an hour, of half an hour, in the other hemisphere, and none. */
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'America/Santiago',
];
/** Nights in which clocks change, ends of months, leap days. */
const CRONS = [
  '0 3 * * *',
  '30 2 * * *',
  '0 0 * * SUN',
  '0 4 * * TUE-THU',
  '15 1 31 * *',
  '0 0 29 2 *',
  '45 23 L * *',
];

const anyTime = fc.integer({ min: at('2024-01-01T00:00Z'), max: at('2032-01-01T00:00Z') });
const anyWindow = fc.integer({ min: 10, max: 36 * 60 }).map((minutes) => minutes * MINUTE);

const byCron = fc
  .record({
    timezone: fc.constantFrom(...ZONES),
    cron: fc.constantFrom(...CRONS),
    windowMs: fc.option(anyWindow, { nil: undefined }),
    catchUp: fc.constantFrom('next-window', 'now', 'skip'),
    jitter: fc.nat({ max: 99 }),
  })
  .map(({ windowMs, jitter, ...rest }) => {
    const jitterMs = Math.floor((jitter / 100) * Math.min(20 * MINUTE, (windowMs ?? DAY) / 2));
    return policy({ ...rest, jitterMs, ...(windowMs !== undefined && { windowMs }) });
  });

const byAge = fc
  .record({ days: fc.integer({ min: 1, max: 400 }), jitterMs: fc.nat({ max: 20 * MINUTE }) })
  .map(({ days, jitterMs }) => policy({ maxAgeMs: days * DAY, renewBeforeMs: HOUR, jitterMs }));

/** Due by its age, at the times of a cron. */
const byBoth = fc
  .record({ base: byCron, days: fc.integer({ min: 2, max: 200 }) })
  .map(({ base, days }) => ({ ...base, maxAgeMs: days * DAY, renewBeforeMs: DAY }));

/** A policy, when the token was set, and a few nights around then in which nothing may start. */
export const anySchedule = fc
  .record({
    base: fc.oneof(byCron, byAge, byBoth),
    since: anyTime,
    nights: fc.uniqueArray(fc.nat({ max: 60 }), { maxLength: 5 }),
  })
  .map(({ base, since, nights }) => ({
    since,
    declared: {
      ...base,
      blackouts: nights.map((night) => ({
        from: since + night * DAY,
        to: since + night * DAY + 30 * HOUR,
        reason: 'freeze',
      })),
    },
  }));
