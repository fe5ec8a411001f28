import { describe, it, expect } from '@jest/globals';
import { PlanTrack } from '../../src/sandbox/plans.js';
import { createRandom } from '../../src/sandbox/random.js';
import { createTimers } from '../../src/sandbox/timers.js';

describe('a pending plan', () => {
  it('shows as absent, present, absent right after the change, and then for good', () => {
    const random = createRandom(4);
    const timers = createTimers();
    const timings = { apiLatencyMs: 0, planMs: 60_000, flickerMs: 300, checkInMs: 0, switchSpreadMs: 0 };
    const listener = { onApplied: () => undefined, onFailed: () => undefined };
    const plans = new PlanTrack({ token: random.base62(18), timings, timers, random, listener });
    const pending = plans.start(random.base62(18), 'api');
    timers.close();

    const isShownAfter = (ms: number): boolean =>
      plans.visiblePending(new Date(pending.startedAt.getTime() + ms)) === pending;
    expect([0, 99, 100, 199, 200, 299, 300, 60_000].map(isShownAfter)).toEqual([
      false,
      false,
      true,
      true,
      false,
      false,
      true,
      true,
    ]);
    expect(plans.pending).toBe(pending);
  });
});
