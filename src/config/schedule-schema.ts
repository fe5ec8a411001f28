import { z } from 'zod';
import { durationMs } from './duration.js';
import { duration, text } from './fields.js';
import { phrase } from './phrase.js';
import { cronFault, isTimezone, isWallTime } from './schedule-field.js';

const timezone = text('The wall clock of `cron` and `blackouts`, an IANA name.')
  .refine(isTimezone, { error: 'an IANA time zone, such as "Europe/Berlin"' })
  .meta({ default: 'UTC' });

const cron = text(
  'A run may start from these times on: minute, hour, day of month, month, day of week. Without a maxAge it is due then, each time.',
).superRefine((value, context) => {
  const fault = cronFault(value);
  if (fault === undefined) return;
  const message = phrase('a cron expression of five fields, such as "0 3 * * TUE-THU"', [
    `As it stands, ${fault}.`,
  ]);
  context.addIssue({ code: 'custom', message });
});

const WALL_TIME = phrase('a date and a time of day, such as "2026-12-18T00:00"', [
  'It is read by the clock of `timezone`.',
]);
const wallTime = (description: string) =>
  text(`${description} Date and time of day, by the clock of \`timezone\`.`, { expected: WALL_TIME }).refine(
    isWallTime,
    { error: WALL_TIME },
  );

const JITTER = 'a duration from 1ms to 1d, such as "20m", or none';
const MOST_JITTER_MS = 24 * 60 * 60_000;
const isShort = (ms: number | undefined): boolean => ms !== undefined && ms <= MOST_JITTER_MS;

const blackout = z
  .strictObject({
    from: wallTime('Nothing starts from here on.'),
    to: wallTime('Here starts are possible again.'),
    reason: text('Why, shown wherever a rotation waits for its end.'),
  })
  .describe('A time in which nothing starts by schedule.');

export const scheduleConfig = z
  .strictObject({
    cron: cron.exactOptional(),
    timezone: timezone.exactOptional(),
    window: duration('A run may start this long after a firing of `cron`. Default: until one has.', {
      min: '1m',
      max: '7d',
    }).exactOptional(),
    jitter: z
      .string({ error: JITTER })
      .regex(/^(none|[0-9]+(d|h|m|s|ms))$/, { error: JITTER })
      .refine((value) => value === 'none' || isShort(durationMs(value)), { error: JITTER })
      .meta({
        description:
          'Runs of one time are spread over this long, each at a place that its name decides. Default: 20m, and no more than a quarter of `window`, of renewBefore and of the time between two firings. Unit: a duration, from 1ms to 1d, or none.',
      })
      .transform((value) => durationMs(value) ?? 0)
      .exactOptional(),
    catchUp: z
      .enum(['next-window', 'now', 'skip'])
      .meta({
        description:
          'A window that went by without a run, while Rotor was down or in a blackout: wait for the next one, start now, or forget it.',
        default: 'next-window',
      })
      .exactOptional(),
    blackouts: z
      .array(blackout)
      .describe('Times in which nothing starts by schedule; those of `defaults` hold as well.')
      .exactOptional(),
  })
  .describe('When a rotation may start.');

export type DeclaredSchedule = z.output<typeof scheduleConfig>;
