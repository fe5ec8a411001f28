import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { turnsOf, type Wave } from '../../src/rotation/waves.js';

const fleet = (size: number, canaries = 0) =>
  Array.from({ length: size }, (_, index) => ({
    name: `t${index}`,
    ...(index >= size - canaries && { wave: 'canary' }),
  }));

/** How many targets each wave has. */
function sizes(size: number, waves: readonly Wave[], canaries = 0): number[] {
  const turns = [...turnsOf(fleet(size, canaries), waves).values()];
  return Array.from(
    { length: Math.max(0, ...turns) },
    (_, index) => turns.filter((turn) => turn === index + 1).length,
  );
}

describe('the waves of a run', () => {
  it('is one wave with every target where nothing else is said', () => {
    expect(sizes(7, [])).toEqual([7]);
    expect(sizes(0, [])).toEqual([]);
  });

  it('brings the canaries first, wherever they are declared, then shares of all, then the rest', () => {
    const waves = [{ name: 'canary' }, { percent: 25 }, { percent: 50 }];
    expect(sizes(20, waves, 2)).toEqual([2, 3, 5, 10]);
    expect(turnsOf(fleet(20, 2), waves).get('t19')).toBe(1);
  });

  it('counts a share of all targets, as the weight of an Argo rollout, not of those that are left', () => {
    expect(sizes(10, [{ percent: 50 }, { percent: 50 }])).toEqual([5, 5]);
  });

  it('keeps a target that names a later wave for that one', () => {
    const targets = [{ name: 'a' }, { name: 'b', wave: 'last' }, { name: 'c' }];
    expect([...turnsOf(targets, [{ percent: 100 }, { name: 'last' }])]).toEqual([
      ['a', 1],
      ['c', 1],
      ['b', 2],
    ]);
  });

  it('numbers no wave that nobody is in', () => {
    expect(sizes(3, [{ name: 'canary' }, { percent: 10 }, { percent: 20 }])).toEqual([1, 2]);
  });

  it('gives every target exactly one turn, whatever the waves', () => {
    const wave = fc.oneof(
      fc.record({ name: fc.constantFrom('canary', 'early', 'late') }),
      fc.record({ percent: fc.integer({ min: 1, max: 100 }) }),
    );
    const target = fc.record({ wave: fc.constantFrom(undefined, 'canary', 'early', 'late', 'nowhere') });
    fc.assert(
      fc.property(fc.array(target, { maxLength: 40 }), fc.array(wave, { maxLength: 6 }), (targets, waves) => {
        const named = targets.map(({ wave: of }, index) => ({
          name: `t${index}`,
          ...(of !== undefined && { wave: of }),
        }));
        const turns = turnsOf(named, waves);
        expect([...turns.keys()].toSorted()).toEqual(named.map(({ name }) => name).toSorted());
        const used = [...new Set(turns.values())].toSorted((a, b) => a - b);
        expect(used).toEqual(used.map((_, index) => index + 1));
      }),
    );
  });
});
