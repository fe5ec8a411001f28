import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { due } from '../../../src/rotation/schedule/due.js';
import { firingAfter } from '../../../src/rotation/schedule/firings.js';
import { jitterOf } from '../../../src/rotation/schedule/jitter.js';
import type { DueHistory, DuePolicy } from '../../../src/rotation/schedule/policy.js';
import { nextStart, nextStarts } from '../../../src/rotation/schedule/upcoming.js';
import { anySchedule, at, DAY, history, HOUR, MINUTE, policy } from './policies.js';

const RUNS = 300;
const iso = (times: readonly number[]): string[] => times.map((time) => new Date(time).toISOString());

const isInBlackout = ({ blackouts }: DuePolicy, time: number): boolean =>
  blackouts.some(({ from, to }) => time >= from && time < to);

/** Found by going through all firings before it; without windows every time is as good as any other. */
function isInWindow(declared: DuePolicy, time: number): boolean {
  const { windowMs, catchUp } = declared;
  if (windowMs === undefined || catchUp === 'now') return true;
  for (let firing = firingAfter(declared, time - windowMs); firing !== undefined && firing <= time;) {
    if (time < firing + windowMs) return true;
    firing = firingAfter(declared, firing);
  }
  return false;
}

describe('the next start of any schedule', () => {
  const since = (tokenSince: number): DueHistory => history({ tokenSince });

  it('is the very moment at which the rotation is due and nothing holds it', () => {
    fc.assert(
      fc.property(anySchedule, ({ declared, since: set }) => {
        const next = nextStart(declared, since(set), set);
        if (next === undefined) throw new Error('it never starts');
        expect(due(declared, since(set), next)).toBeDefined();
        expect(due(declared, since(set), next - 1)).toBeUndefined();
      }),
      { numRuns: RUNS },
    );
  });

  it('lies in a window, and in no blackout', () => {
    fc.assert(
      fc.property(anySchedule, ({ declared, since: set }) => {
        const misplaced = nextStarts(declared, since(set), set, 3).filter(
          (start) => !isInWindow(declared, start) || isInBlackout(declared, start),
        );
        expect(misplaced).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it('is served once, wherever the clock is set to afterwards', () => {
    fc.assert(
      fc.property(anySchedule, fc.integer({ min: -3 * HOUR, max: 0 }), ({ declared, since: set }, step) => {
        const start = nextStart(declared, since(set), set) ?? set;
        const served = { tokenSince: start, lastAttempt: start, failures: 0 };
        expect(due(declared, served, start + step)).toBeUndefined();
      }),
      { numRuns: RUNS },
    );
  });

  it('is made up for at once after any downtime, where neither window nor blackout stands in the way', () => {
    fc.assert(
      fc.property(anySchedule, fc.nat({ max: 20 * DAY }), ({ declared, since: set }, down) => {
        const free = { ...declared, catchUp: 'now', blackouts: [] } as const;
        const missed = (nextStart(free, since(set), set) ?? set) + down;
        expect(nextStart(free, since(set), missed)).toBe(missed);
      }),
      { numRuns: RUNS },
    );
  });

  it('comes after any downtime, unless a window that went by is to be forgotten', () => {
    fc.assert(
      fc.property(anySchedule, fc.nat({ max: 20 * DAY }), ({ declared, since: set }, down) => {
        const missed = (nextStart(declared, since(set), set) ?? set) + down;
        expect(nextStart({ ...declared, catchUp: 'next-window' }, since(set), missed)).toBeDefined();
      }),
      { numRuns: RUNS },
    );
  });
});

describe('the next starts', () => {
  it('keep the wall clock of their zone over summer time', () => {
    const berlin = policy({ cron: '30 2 * * *', timezone: 'Europe/Berlin' });
    const spring = history({ tokenSince: at('2026-03-27T12:00Z') });
    expect(iso(nextStarts(berlin, spring, spring.tokenSince, 4))).toEqual([
      '2026-03-28T01:30:00.000Z',
      '2026-03-29T01:00:00.000Z',
      '2026-03-30T00:30:00.000Z',
      '2026-03-31T00:30:00.000Z',
    ]);
    const autumn = history({ tokenSince: at('2026-10-24T12:00Z') });
    expect(iso(nextStarts(berlin, autumn, autumn.tokenSince, 2))).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ]);
  });

  it('leave out the months that have no 31st, and the years that have no 29 February', () => {
    const monthEnd = policy({ cron: '0 0 31 * *' });
    const since = history({ tokenSince: at('2026-01-31T12:00Z') });
    expect(iso(nextStarts(monthEnd, since, since.tokenSince, 3))).toEqual([
      '2026-03-31T00:00:00.000Z',
      '2026-05-31T00:00:00.000Z',
      '2026-07-31T00:00:00.000Z',
    ]);
    const leapDay = policy({ cron: '0 0 29 2 *' });
    expect(iso(nextStarts(leapDay, since, since.tokenSince, 2))).toEqual([
      '2028-02-29T00:00:00.000Z',
      '2032-02-29T00:00:00.000Z',
    ]);
  });

  it('are none without a schedule, in a pause without an end, and where no window is free', () => {
    const since = history();
    expect(nextStarts(policy(), since, since.tokenSince, 5)).toEqual([]);
    const paused = { ...since, pause: { reason: 'audit week' } };
    expect(nextStarts(policy({ maxAgeMs: DAY }), paused, since.tokenSince, 5)).toEqual([]);
  });

  it('begin after a pause that ends', () => {
    const since = history({ pause: { reason: 'audit week', until: at('2026-03-20T00:00Z') } });
    expect(iso(nextStarts(policy({ maxAgeMs: DAY }), since, since.tokenSince, 2))).toEqual([
      '2026-03-20T00:00:00.000Z',
      '2026-03-21T00:00:00.000Z',
    ]);
  });
});

describe('the share of a name', () => {
  it('is always the same, within the jitter, and spread over it', () => {
    const most = 20 * MINUTE;
    const shares = Array.from({ length: 1_000 }, (_, index) => jitterOf(`rotation-${index}`, most));
    expect(shares).toEqual(Array.from({ length: 1_000 }, (_, index) => jitterOf(`rotation-${index}`, most)));
    expect(shares.filter((share) => share < 0 || share >= most)).toEqual([]);
    const perMinute = Array.from(
      { length: 20 },
      (_, minute) => shares.filter((share) => Math.floor(share / MINUTE) === minute).length,
    );
    // Fifty each, were they dealt out.
    expect(Math.max(...perMinute)).toBeLessThan(90);
    expect(Math.min(...perMinute)).toBeGreaterThan(20);
    expect(jitterOf('checkout', 0)).toBe(0);
  });
});
