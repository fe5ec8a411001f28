import { describe, expect, it } from '@jest/globals';
import { TokenSpans } from '../../../src/rotation/schedule/spans.js';
import type { DuePolicy } from '../../../src/rotation/schedule/policy.js';
import { policy } from './policies.js';

const DAY = 24 * 60 * 60_000;
const START = Date.UTC(2026, 6, 1);
const day = (count: number): number => START + count * DAY;
const period = { from: day(0), to: day(92) };

function told(due: DuePolicy | undefined, since: number | undefined, ...rotations: number[]) {
  const spans = new TokenSpans(due, period, since);
  for (const at of rotations) spans.rotatedAt(at);
  return spans.told();
}

const monthly = policy({ maxAgeMs: 30 * DAY });

describe('how long tokens were in force', () => {
  it('is the longest time between two rotations, also one that began before the period', () => {
    const { rotations, longest } = told(monthly, day(-20), day(9), day(37), day(65));
    expect([rotations, longest]).toEqual([3, { from: day(-20), to: day(9), isOpen: false }]);
  });

  it('counts the token at the end of the period as one that goes on', () => {
    expect(told(monthly, day(-1), day(20)).longest).toEqual({ from: day(20), to: day(92), isOpen: true });
  });

  it('is not known where nobody knows of a token', () => {
    expect(told(monthly, undefined)).toMatchObject({ rotations: 0, longest: undefined });
  });
});

describe('a token is over its time', () => {
  it('from its maxAge on, and within the period alone', () => {
    expect(told(monthly, day(-40), day(5), day(36), day(64)).overdue).toEqual({
      ms: 6 * DAY,
      count: 2,
      spans: [
        { from: day(0), to: day(5) },
        { from: day(35), to: day(36) },
      ],
    });
  });

  it('never where each was replaced in time', () => {
    expect(told(monthly, day(-10), day(18), day(46), day(74)).overdue).toEqual({
      ms: 0,
      count: 0,
      spans: [],
    });
  });

  it('from when an older one is in force again, until that is over or a rotation ends it', () => {
    const spans = new TokenSpans(monthly, period, day(10));
    // 45 days old.
    spans.bornAt(day(-25), day(20));
    spans.bornAt(day(-25), day(22));
    spans.bornAt(undefined, day(25));
    spans.bornAt(day(0), day(26));
    spans.rotatedAt(day(33));
    spans.bornAt(undefined, day(33));
    const { rotations, longest, overdue } = spans.told();
    expect(overdue?.spans).toEqual([
      { from: day(20), to: day(25) },
      { from: day(30), to: day(33) },
      { from: day(63), to: day(92) },
    ]);
    expect([rotations, longest]).toEqual([1, { from: day(33), to: day(92), isOpen: true }]);
  });

  it('in one span where an older one is put back meanwhile, also past those that are told', () => {
    const older = (due: DuePolicy, rotations: number) => {
      const spans = new TokenSpans(due, period, day(0));
      for (let count = 1; count <= rotations; count += 1) spans.rotatedAt(day(count));
      spans.bornAt(day(-5), day(60));
      spans.bornAt(undefined, day(70));
      spans.rotatedAt(day(75));
      return spans.told().overdue;
    };
    expect(older(monthly, 0)).toEqual({ ms: 45 * DAY, count: 1, spans: [{ from: day(30), to: day(75) }] });
    const cron = older(policy({ cron: '0 3 1 * *' }), 0);
    expect([cron?.count, cron?.spans.at(0)?.to]).toEqual([1, day(75)]);
    expect(older(policy({ maxAgeMs: DAY / 2 }), 55)?.count).toBe(57);
  });

  it('without a maxAge once the cron has fired twice under it', () => {
    const weekly = policy({ cron: '0 3 * * 1' });
    // Mondays: 6, 13 and 20 July.
    const at = (date: number) => Date.UTC(2026, 6, date, 3);
    const { overdue } = told(weekly, day(0), at(6) + 60_000, at(20) + 60_000);
    expect(overdue?.spans[0]).toEqual({ from: at(20), to: at(20) + 60_000 });
  });

  it('never without a limit, which is not the same as in time', () => {
    expect(told(policy({}), day(-300)).overdue).toBeUndefined();
    expect(told(undefined, day(-300)).overdue).toBeUndefined();
  });

  it('in as many spans as there are, of which fifty are told', () => {
    const daily = policy({ maxAgeMs: DAY / 2 });
    const { overdue } = told(daily, day(0), ...Array.from({ length: 80 }, (_, index) => day(index + 1)));
    expect([overdue?.count, overdue?.spans.length]).toEqual([81, 50]);
  });
});
