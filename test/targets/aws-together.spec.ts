import { describe, expect, it } from '@jest/globals';
import { together } from '../../src/targets/aws/together.js';
import type { Observation } from '../../src/targets/target.js';

const converged = { state: 'converged', seen: 2, of: 2 } as const;
const assumed = { state: 'assumed' } as const;
const pending = { state: 'pending', seen: 1, of: 3, detail: 'a: 1 of 3' } as const;
const failed = { state: 'failed', seen: 0, of: 1, detail: 'b is gone' } as const;
const release = { state: 'needs_release', detail: 'c needs a release', isSeen: true } as const;

/** In any order. */
const bothWays = (looks: readonly Observation[]): Observation => {
  const one = together(looks);
  expect(together(looks.toReversed())).toMatchObject({ state: one.state });
  return one;
};

describe('one look at several parts', () => {
  it('is converged only where each of them is, with the sum of their instances', () => {
    expect(bothWays([converged, converged])).toEqual({ state: 'converged', seen: 4, of: 4 });
    expect(bothWays([converged, assumed])).toEqual({ state: 'assumed' });
    expect(bothWays([converged, pending])).toMatchObject({ state: 'pending', seen: 3, of: 5 });
  });

  it('is never assumed where one is known to be behind', () => {
    expect(bothWays([assumed, pending])).toMatchObject({ state: 'pending', detail: 'a: 1 of 3' });
    expect(bothWays([assumed, failed])).toMatchObject({ state: 'failed', detail: 'b is gone' });
  });

  it('is in need of a release only where nothing else is left that a delivery would reach', () => {
    expect(bothWays([release, converged, assumed])).toEqual(release);
    expect(bothWays([release, pending])).toMatchObject({
      state: 'pending',
      detail: expect.stringContaining('c needs a release'),
    });
    expect(bothWays([release, failed])).toMatchObject({ state: 'failed' });
    expect(together([release, { ...release, detail: 'd as well' }])).toEqual({
      state: 'needs_release',
      detail: 'c needs a release; d as well',
      isSeen: true,
    });
  });
});
