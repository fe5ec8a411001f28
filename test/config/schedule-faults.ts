import type { Fault } from './faults.js';

export const SCHEDULE_FAULTS: readonly Fault[] = [
  [
    'a cron that never fires',
    { rotation: 'schedule: { cron: "0 0 31 2 *" }' },
    '8:23 rotations.0.schedule.cron: found "0 0 31 2 *", expected a cron expression of five fields, such as "0 3 * * TUE-THU". As it stands, it never fires.',
  ],
  [
    'a date in place of a cron',
    { rotation: 'schedule: { cron: "2099-01-01T00:00:00" }' },
    '8:23 rotations.0.schedule.cron: found "2099-01-01T00:00:00", expected a cron expression of five fields, such as "0 3 * * TUE-THU". As it stands, it needs five fields: minute, hour, day of month, month, day of week.',
  ],
  [
    'a bad time zone',
    { rotation: 'schedule: { timezone: Europe/Atlantis }' },
    '8:27 rotations.0.schedule.timezone: found "Europe/Atlantis", expected an IANA time zone, such as "Europe/Berlin".',
  ],
  [
    'an offset in place of a time zone',
    { rotation: 'schedule: { timezone: "+02:00" }' },
    '8:27 rotations.0.schedule.timezone: found "+02:00", expected an IANA time zone, such as "Europe/Berlin".',
  ],
  [
    'a window without a cron that opens it',
    { rotation: 'schedule: { window: 2h }' },
    '8:25 rotations.0.schedule.window: found 2h without a cron, expected a cron that opens it, or no window.',
  ],
  [
    'what becomes of a window that went by, without a window',
    { rotation: 'schedule: { cron: "0 3 * * *", catchUp: skip }' },
    '8:45 rotations.0.schedule.catchUp: found skip without a window, expected a window that may go by, or no catchUp.',
  ],
  [
    'a jitter of defaults that is longer than the window of a rotation',
    {
      head: 'defaults: { schedule: { jitter: 30m } }',
      rotation: 'schedule: { cron: "0 3 * * *", window: 20m }',
    },
    '3:33 defaults.schedule.jitter: found 30m, expected less than window, which is 20m.',
  ],
  [
    'a jitter that is longer than the renewBefore that Rotor assumes',
    { rotation: 'maxAge: 1d\nschedule: { jitter: 3h }' },
    '9:25 rotations.0.schedule.jitter: found 3h, expected less than renewBefore, which is 144m.',
  ],
  [
    'a jitter that is as long as renewBefore',
    { rotation: 'maxAge: 1d\nrenewBefore: 1h\nschedule: { jitter: 1h }' },
    '10:25 rotations.0.schedule.jitter: found 1h, expected less than renewBefore, which is 1h.',
  ],
  [
    'a jitter that is no duration',
    { rotation: 'schedule: { jitter: some }' },
    '8:25 rotations.0.schedule.jitter: found "some", expected a duration from 1ms to 1d, such as "20m", or none.',
  ],
  [
    'a blackout on a day that does not exist',
    {
      rotation: 'schedule: { blackouts: [{ from: 2026-02-30T00:00, to: 2026-03-02T00:00, reason: freeze }] }',
    },
    '8:37 rotations.0.schedule.blackouts.0.from: found "2026-02-30T00:00", expected a date and a time of day, such as "2026-12-18T00:00". It is read by the clock of `timezone`.',
  ],
  [
    'a blackout that ends before it begins',
    {
      rotation: 'schedule: { blackouts: [{ from: 2026-12-18T00:00, to: 2026-12-01T00:00, reason: freeze }] }',
    },
    '8:59 rotations.0.schedule.blackouts.0.to: found 2026-12-01T00:00, expected later than from, which is 2026-12-18T00:00.',
  ],
  [
    'a blackout with an offset of its own',
    {
      rotation:
        'schedule: { blackouts: [{ from: "2026-12-18T00:00Z", to: 2026-12-19T00:00, reason: freeze }] }',
    },
    '8:37 rotations.0.schedule.blackouts.0.from: found "2026-12-18T00:00Z", expected a date and a time of day, such as "2026-12-18T00:00". It is read by the clock of `timezone`.',
  ],
];
