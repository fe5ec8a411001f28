import { describe, expect, it } from '@jest/globals';
import { due, standingOf } from '../../../src/rotation/schedule/due.js';
import type { DueHistory } from '../../../src/rotation/schedule/policy.js';
import { at, DAY, history, policy } from './policies.js';

const failed = (failures: number): DueHistory => ({
  ...history(),
  lastAttempt: at('2026-04-10T00:00Z'),
  failures,
});

describe('a rotation by age', () => {
  const byAge = policy({ maxAgeMs: 30 * DAY, renewBeforeMs: 3 * DAY });

  it('is not due before its age less the time to renew', () => {
    expect(due(byAge, history(), at('2026-03-27T23:59Z'))).toBeUndefined();
  });

  it('is near its expiry from then on, and too old from its age on', () => {
    expect(due(byAge, history(), at('2026-03-28T00:00Z'))?.because).toBe('near_expiry');
    expect(due(byAge, history(), at('2026-03-31T00:00Z'))?.because).toBe('too_old');
  });

  it('is caught up once after a downtime of months', () => {
    expect(due(byAge, history(), at('2026-09-01T00:00Z'))?.because).toBe('too_old');
    expect(
      due(byAge, history({ tokenSince: at('2026-09-01T00:01Z') }), at('2026-09-01T00:02Z')),
    ).toBeUndefined();
  });
});

describe('a rotation by cron', () => {
  const nightly = policy({ cron: '30 2 * * *', timezone: 'Europe/Berlin' });

  it('fires once at its wall-clock time, and a missed firing is caught up once', () => {
    const since = history({ tokenSince: at('2026-03-10T12:00Z') });
    expect(due(nightly, since, at('2026-03-11T01:29Z'))).toBeUndefined();
    expect(due(nightly, since, at('2026-03-11T01:30Z'))?.because).toBe('scheduled');
    expect(due(nightly, since, at('2026-03-15T09:00Z'))?.because).toBe('scheduled');
    const caughtUp = history({ tokenSince: at('2026-03-15T09:01Z'), lastAttempt: at('2026-03-15T09:00Z') });
    expect(due(nightly, caughtUp, at('2026-03-15T10:00Z'))).toBeUndefined();
  });

  it('fires in the night in which the clock skips its time', () => {
    const since = history({ tokenSince: at('2026-03-28T12:00Z') });
    expect(due(nightly, since, at('2026-03-29T00:59Z'))).toBeUndefined();
    expect(due(nightly, since, at('2026-03-29T01:30Z'))?.because).toBe('scheduled');
  });

  it('fires once in the night in which its time comes twice', () => {
    const first = at('2026-10-25T00:30Z');
    const served = history({ tokenSince: first + 60_000, lastAttempt: first });
    expect(due(nightly, history({ tokenSince: at('2026-10-24T12:00Z') }), first)?.because).toBe('scheduled');
    expect(due(nightly, served, at('2026-10-25T01:31Z'))).toBeUndefined();
  });

  it('with an age as well, is due by the age even where the cron has not fired', () => {
    const yearly = policy({ cron: '0 3 1 1 *', maxAgeMs: 30 * DAY });
    expect(due(yearly, history(), at('2026-04-01T00:00Z'))?.because).toBe('too_old');
  });
});

describe('after failed runs a rotation', () => {
  const byAge = policy({ maxAgeMs: 30 * DAY });

  it('counts the back-off from the end of the run, which may have waited for hours', () => {
    const ended = { ...failed(1), gaveUp: { at: at('2026-04-10T03:00Z'), isCancelled: false } };
    expect(due(byAge, ended, at('2026-04-10T03:00:59Z'))).toBeUndefined();
    expect(due(byAge, ended, at('2026-04-10T03:01Z'))?.because).toBe('too_old');
  });

  it('is left alone for an hour where a person has cancelled the last one', () => {
    const cancelled = { ...failed(1), gaveUp: { at: at('2026-04-10T03:00Z'), isCancelled: true } };
    expect(standingOf(byAge, cancelled, at('2026-04-10T03:59Z'))?.hold).toEqual({
      by: 'back_off',
      until: at('2026-04-10T04:00Z'),
      reason: 'the run before it was cancelled',
    });
    expect(due(byAge, cancelled, at('2026-04-10T04:00Z'))?.because).toBe('too_old');
  });

  it('is due again after a back-off that doubles up to six hours', () => {
    expect(due(byAge, failed(1), at('2026-04-10T00:00:59Z'))).toBeUndefined();
    expect(due(byAge, failed(1), at('2026-04-10T00:01Z'))?.because).toBe('too_old');
    expect(due(byAge, failed(3), at('2026-04-10T00:03:59Z'))).toBeUndefined();
    expect(due(byAge, failed(30), at('2026-04-10T06:00Z'))?.because).toBe('too_old');
  });

  it('keeps a cron firing that was not served', () => {
    const nightly = policy({ cron: '0 0 * * *' });
    const unserved = history({
      tokenSince: at('2026-04-09T12:00Z'),
      lastAttempt: at('2026-04-10T00:00Z'),
      failures: 1,
    });
    expect(due(nightly, unserved, at('2026-04-10T00:02Z'))?.because).toBe('scheduled');
  });
});
