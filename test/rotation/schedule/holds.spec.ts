import { describe, expect, it } from '@jest/globals';
import { due, standingOf } from '../../../src/rotation/schedule/due.js';
import { at, DAY, history, HOUR, MINUTE, policy } from './policies.js';

const nightly = policy({ cron: '0 3 * * *', windowMs: 2 * HOUR });
const since = history({ tokenSince: at('2026-03-10T12:00Z') });

describe('a maintenance window', () => {
  it('lets a run start from the firing on until it is over', () => {
    expect(due(nightly, since, at('2026-03-11T02:59Z'))).toBeUndefined();
    expect(due(nightly, since, at('2026-03-11T03:00Z'))?.because).toBe('scheduled');
    expect(due(nightly, since, at('2026-03-11T04:59:59Z'))?.because).toBe('scheduled');
    expect(due(nightly, since, at('2026-03-11T05:00Z'))).toBeUndefined();
  });

  it('that went by while Rotor was down leaves the rotation due, and the next one serves it', () => {
    expect(standingOf(nightly, since, at('2026-03-13T12:00Z'))).toEqual({
      due: { because: 'scheduled', since: at('2026-03-11T03:00Z') },
      hold: { by: 'window', until: at('2026-03-14T03:00Z') },
    });
    expect(due(nightly, since, at('2026-03-14T03:00Z'))?.because).toBe('scheduled');
  });

  it('that went by is made up for at once where that was declared', () => {
    const now = { ...nightly, catchUp: 'now' } as const;
    expect(due(now, since, at('2026-03-13T12:00Z'))?.because).toBe('scheduled');
  });

  it('that went by is forgotten where that was declared', () => {
    const skip = { ...nightly, catchUp: 'skip' } as const;
    expect(standingOf(skip, since, at('2026-03-13T12:00Z'))).toBeUndefined();
    expect(due(skip, since, at('2026-03-14T03:10Z'))).toEqual({
      because: 'scheduled',
      since: at('2026-03-14T03:00Z'),
    });
  });

  it('holds back a token that is too old as well, which is said', () => {
    const aged = { ...nightly, maxAgeMs: DAY };
    expect(standingOf(aged, since, at('2026-03-13T12:00Z'))).toEqual({
      due: { because: 'too_old', since: at('2026-03-11T12:00Z') },
      hold: { by: 'window', until: at('2026-03-14T03:00Z') },
    });
  });

  it('opens by the wall clock of its zone, also in the night in which that skips an hour', () => {
    const berlin = policy({ cron: '30 2 * * *', windowMs: HOUR, timezone: 'Europe/Berlin' });
    const before = history({ tokenSince: at('2026-03-28T12:00Z') });
    expect(due(berlin, before, at('2026-03-29T00:59:59Z'))).toBeUndefined();
    expect(due(berlin, before, at('2026-03-29T01:00Z'))?.because).toBe('scheduled');
  });
});

describe('a cron beside an age', () => {
  const both = policy({ cron: '0 3 * * TUE-THU', maxAgeMs: 30 * DAY, renewBeforeMs: 3 * DAY });
  const set = history({ tokenSince: at('2026-03-01T12:00Z') });

  it('does not make the token due, whose age alone does, and says when its run may start', () => {
    expect(standingOf(both, set, at('2026-03-10T03:00Z'))).toBeUndefined();
    // A Saturday.
    expect(standingOf(both, set, at('2026-03-28T12:00Z'))).toEqual({
      due: { because: 'near_expiry', since: at('2026-03-28T12:00Z') },
      hold: { by: 'window', until: at('2026-03-31T03:00Z') },
    });
    expect(due(both, set, at('2026-03-31T03:00Z'))?.because).toBe('near_expiry');
    expect(due(both, set, at('2026-03-31T11:00Z'))?.because).toBe('near_expiry');
  });

  it('waits for its first window also where one that went by is made up for at once', () => {
    const now = { ...both, windowMs: 2 * HOUR, catchUp: 'now' } as const;
    // A Saturday at noon.
    expect(standingOf(now, set, at('2026-03-28T12:00Z'))?.hold).toEqual({
      by: 'window',
      until: at('2026-03-31T03:00Z'),
    });
    expect(due(now, set, at('2026-03-31T11:00Z'))?.because).toBe('near_expiry');
  });

  it('does not hold back a token that is too old, but for a window', () => {
    expect(due(both, set, at('2026-04-03T12:00Z'))?.because).toBe('too_old');
    const windowed = { ...both, windowMs: 2 * HOUR };
    expect(standingOf(windowed, set, at('2026-04-03T12:00Z'))?.hold).toEqual({
      by: 'window',
      until: at('2026-04-07T03:00Z'),
    });
  });
});

describe('a blackout', () => {
  const freeze = { from: at('2026-12-18T00:00Z'), to: at('2027-01-03T00:00Z'), reason: 'year-end freeze' };
  const byAge = policy({ maxAgeMs: 30 * DAY, blackouts: [freeze] });
  const old = history({ tokenSince: at('2026-11-01T00:00Z') });

  it('holds back every start with its reason, and until its end', () => {
    expect(due(byAge, old, at('2026-12-17T23:59Z'))?.because).toBe('too_old');
    expect(standingOf(byAge, old, at('2026-12-18T00:00Z'))?.hold).toEqual({
      by: 'blackout',
      until: freeze.to,
      reason: 'year-end freeze',
    });
    expect(due(byAge, old, at('2027-01-03T00:00Z'))?.because).toBe('too_old');
  });

  it('ends for each rotation at its own share of the jitter, so that not all start in one moment', () => {
    const late = { ...byAge, jitterMs: 7 * MINUTE };
    expect(due(late, old, at('2027-01-03T00:06:59Z'))).toBeUndefined();
    expect(due(late, old, at('2027-01-03T00:07Z'))?.because).toBe('too_old');
  });

  it('over a whole window leaves the run to the next one', () => {
    const covered = {
      ...nightly,
      blackouts: [{ ...freeze, from: at('2026-12-18T02:00Z'), to: at('2026-12-18T04:59Z') }],
    };
    const before = history({ tokenSince: at('2026-12-17T12:00Z') });
    expect(due(covered, before, at('2026-12-18T04:58Z'))).toBeUndefined();
    expect(due(covered, before, at('2026-12-18T04:59Z'))?.because).toBe('scheduled');
    expect(due(covered, before, at('2026-12-18T05:00Z'))).toBeUndefined();
  });
});

describe('jitter', () => {
  it('starts a run later than its time, in its window', () => {
    const late = { ...nightly, jitterMs: 10 * MINUTE };
    expect(standingOf(late, since, at('2026-03-11T03:09Z'))?.hold).toEqual({
      by: 'jitter',
      until: at('2026-03-11T03:10Z'),
    });
    expect(due(late, since, at('2026-03-11T03:10Z'))?.because).toBe('scheduled');
  });

  it('does not make a token wait that is too old', () => {
    const aged = policy({ maxAgeMs: DAY, renewBeforeMs: MINUTE, jitterMs: 10 * MINUTE });
    expect(due(aged, since, at('2026-03-11T11:59:30Z'))).toBeUndefined();
    expect(due(aged, since, at('2026-03-11T12:00Z'))?.because).toBe('too_old');
  });
});

describe('a pause', () => {
  const byAge = policy({ maxAgeMs: DAY });

  it('holds back every start with its reason until its end', () => {
    const paused = { ...since, pause: { reason: 'audit week', until: at('2026-03-20T00:00Z') } };
    expect(standingOf(byAge, paused, at('2026-03-19T23:59Z'))).toMatchObject({
      due: { because: 'too_old' },
      hold: { by: 'pause', reason: 'audit week', until: at('2026-03-20T00:00Z') },
    });
    expect(due(byAge, paused, at('2026-03-20T00:00Z'))?.because).toBe('too_old');
  });

  it('without an end holds until a person ends it', () => {
    const paused = { ...since, pause: { reason: 'until further notice' } };
    expect(due(byAge, paused, at('2036-01-01T00:00Z'))).toBeUndefined();
  });
});
