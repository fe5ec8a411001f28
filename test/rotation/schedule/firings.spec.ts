import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { firingAfter, newestFiring } from '../../../src/rotation/schedule/firings.js';
import { at, DAY, HOUR, MINUTE } from './policies.js';

const QUARTER = 15 * MINUTE;
const RUNS = 200;
/** Summer time by an hour and by half an hour, at midnight, in the other hemisphere, by odd offsets, and none. */
const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'America/Santiago',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Pacific/Auckland',
  'Asia/Kolkata',
  'UTC',
] as const;
const FIRST = at('2024-01-01T00:00Z');
const LAST = at('2032-12-31T00:00Z');

const formats = new Map<string, Intl.DateTimeFormat>();

/** What the clock of the zone shows, such as `2026-03-29 03:00`: text that sorts as it is. */
function wallClock(time: number, zone: string): string {
  const options = { timeZone: zone, dateStyle: 'short', timeStyle: 'short' } as const;
  const format = formats.get(zone) ?? new Intl.DateTimeFormat('sv-SE', options);
  formats.set(zone, format);
  return format.format(time);
}

const offsetAt = (time: number, zone: string): number =>
  Date.parse(`${wallClock(time, zone).replace(' ', 'T')}Z`) - Math.floor(time / MINUTE) * MINUTE;

/** When the clocks of the zone change. */
function changesOf(zone: string): number[] {
  const changes: number[] = [];
  for (let day = FIRST; day < LAST; day += DAY) {
    let [before, after] = [day, day + DAY];
    if (offsetAt(before, zone) === offsetAt(after, zone)) continue;
    while (after - before > QUARTER) {
      const middle = before + Math.floor((after - before) / 2 / QUARTER) * QUARTER;
      if (offsetAt(middle, zone) === offsetAt(before, zone)) before = middle;
      else after = middle;
    }
    changes.push(after);
  }
  return changes;
}

/** The first moment at which the clock of the zone shows this time or a later one: looked up, not calculated. */
function firstAt(wall: string, zone: string): number {
  const guess = Date.parse(`${wall.replace(' ', 'T')}Z`);
  for (let time = guess - 15 * HOUR; time <= guess + 15 * HOUR; time += QUARTER)
    if (wallClock(time, zone) >= wall) return time;
  throw new Error(`${wall} never comes in ${zone}`);
}

/** The next firings by the calendar: of each day that is one, the first moment at which that time has come. */
function byTheCalendar(
  since: number,
  zone: string,
  { isDay, time, days }: { isDay: (date: Date) => boolean; time: string; days: number },
): number[] {
  const today = Date.parse(`${wallClock(since, zone).slice(0, 10)}T00:00Z`);
  const dates = Array.from({ length: days }, (_, index) => new Date(today + (index - 1) * DAY)).filter(isDay);
  return dates
    .map((date) => firstAt(`${date.toISOString().slice(0, 10)} ${time}`, zone))
    .filter((firing) => firing > since);
}

function firings(cron: string, timezone: string, since: number, count: number): (number | undefined)[] {
  const found: (number | undefined)[] = [];
  for (let after: number | undefined = since; found.length < count && after !== undefined;)
    found.push((after = firingAfter({ cron, timezone }, after)));
  return found;
}

const shown = (times: readonly (number | undefined)[]) =>
  times.map((time) => (time === undefined ? 'never' : new Date(time).toISOString()));

const twoDigits = (value: number): string => String(value).padStart(2, '0');
const anyZone = fc.constantFrom(...ZONES);
const changes = ZONES.flatMap((zone) => changesOf(zone).map((change) => ({ zone, change })));
/** A quarter of an hour of the day, mostly one around the change of clocks. */
const anyQuarter = fc.oneof(fc.nat({ max: 95 }), fc.nat({ max: 19 }));
const tellTime = (quarter: number) => {
  const [hour, minute] = [Math.floor(quarter / 4), (quarter % 4) * 15];
  return { time: `${twoDigits(hour)}:${twoDigits(minute)}`, fields: `${minute} ${hour}` };
};

describe('a cron of a time of day', () => {
  it('is tried on clocks that change twice a year, and on some that do not', () => {
    const counts = Map.groupBy(changes, ({ zone }) => zone);
    expect(ZONES.map((zone) => counts.get(zone)?.length ?? 0)).toEqual([18, 18, 18, 18, 18, 18, 0, 0]);
  });

  it('fires once a day where clocks change: at its time, the first time that it comes, or when the gap is over', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...changes),
        anyQuarter,
        fc.integer({ min: 1, max: 48 }),
        ({ zone, change }, quarter, hours) => {
          const { time, fields } = tellTime(quarter);
          const since = change - hours * HOUR;
          const expected = byTheCalendar(since, zone, { isDay: () => true, time, days: 6 }).slice(0, 4);
          expect(shown(firings(`${fields} * * *`, zone, since, 4))).toEqual(shown(expected));
        },
      ),
      { numRuns: RUNS },
    );
  });

  it.each([
    ['the 31st, in the months that have one', '31 * *', 200, (date: Date) => date.getUTCDate() === 31],
    [
      'the last day of each month',
      'L * *',
      100,
      (date: Date) => new Date(date.getTime() + DAY).getUTCDate() === 1,
    ],
    [
      '29 February, in leap years alone',
      '29 2 *',
      4 * 366 + 100,
      (date: Date) => date.getUTCMonth() === 1 && date.getUTCDate() === 29,
    ],
    ['each Sunday, on which clocks change', '* * SUN', 30, (date: Date) => date.getUTCDay() === 0],
  ])('fires on %s', (_which, days, within, isDay) => {
    fc.assert(
      fc.property(
        anyZone,
        anyQuarter,
        fc.integer({ min: FIRST / QUARTER, max: (LAST - 5 * 366 * DAY) / QUARTER }),
        (zone, quarter, start) => {
          const { time, fields } = tellTime(quarter);
          const since = start * QUARTER;
          const [expected] = byTheCalendar(since, zone, { isDay, time, days: within });
          expect(shown(firings(`${fields} ${days}`, zone, since, 1))).toEqual(shown([expected]));
        },
      ),
      { numRuns: RUNS / 2 },
    );
  });

  it('is found again from each moment until the next one, where clocks change as well', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...changes),
        anyQuarter,
        fc.nat({ max: DAY - 2 * HOUR }),
        ({ zone, change }, quarter, later) => {
          const { fields } = tellTime(quarter);
          const clockwork = { cron: `${fields} * * *`, timezone: zone };
          const firing = firingAfter(clockwork, change - DAY) ?? 0;
          const found = [0, later].map((ms) => newestFiring(clockwork, firing + ms, 2 * DAY));
          expect(shown(found)).toEqual(shown([firing, firing]));
        },
      ),
      { numRuns: RUNS },
    );
  });
});
