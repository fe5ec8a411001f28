import { describe, expect, it } from '@jest/globals';
import type { Delivery } from '../../src/rotation/delivery.js';
import type { Run } from '../../src/rotation/run.js';
import type { Fingerprint } from '../../src/rotation/secret.js';
import { authGapOf } from '../../src/verification/auth-gap.js';

const delivery = (over: Partial<Delivery>): Delivery => ({
  target: 'web',
  state: 'converged',
  fingerprint: '0a1b2c3d' as Fingerprint,
  tries: 0,
  lastBehind: 9_500,
  convergedAt: 10_000,
  ...over,
});

const run = (over: Partial<Pick<Run, 'measure' | 'deliveries'>>): Run =>
  ({ measure: { oldLastAccepted: 900, oldFirstRefused: 1_000 }, deliveries: [delivery({})], ...over }) as Run;

describe('the auth gap', () => {
  it('runs from the first refusal of the old token to the last instance on the new one', () => {
    const deliveries = [delivery({}), delivery({ target: 'api', lastBehind: 11_000, convergedAt: 11_200 })];
    expect(authGapOf(run({ deliveries }))?.ms).toBe(10_200);
  });

  it('is as exact as the longer of the two times in which nobody looked', () => {
    expect(authGapOf(run({}))).toEqual({ ms: 9_000, resolutionMs: 500 });
    const measure = { oldLastAccepted: 100, oldFirstRefused: 1_000 };
    expect(authGapOf(run({ measure }))?.resolutionMs).toBe(900);
  });

  it.each([
    ['the old token was never seen refused', run({ measure: { oldLastAccepted: 900 } })],
    ['it was never seen accepted before', run({ measure: { oldFirstRefused: 1_000 } })],
    ['there are no targets', run({ deliveries: [] })],
    ['a target cannot be observed', run({ deliveries: [delivery({}), delivery({ state: 'assumed' })] })],
    ['a target failed', run({ deliveries: [delivery({ state: 'failed' })] })],
    ['a target is still waiting', run({ deliveries: [delivery({ state: 'observing' })] })],
  ])('is not measured where %s', (_why, seen) => {
    expect(authGapOf(seen)).toBeNull();
  });

  it('is zero, not negative, where every instance was on the new token before the old one was refused', () => {
    expect(authGapOf(run({ deliveries: [delivery({ lastBehind: 400, convergedAt: 500 })] }))?.ms).toBe(0);
  });
});
