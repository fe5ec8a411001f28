import { describe, it, expect } from '@jest/globals';
import { createRandom, uuid } from '../../src/sandbox/random.js';

const draw = (seed: number): string => createRandom(seed).base62(40);

describe('the seeded stream', () => {
  it('gives the same values for the same seed and others for another', () => {
    expect(draw(7)).toBe(draw(7));
    expect(draw(7)).not.toBe(draw(8));
  });

  it('forks by name alone, whatever was drawn before', () => {
    const used = createRandom(3);
    used.hex(100);
    expect(used.fork('cloud').hex(16)).toBe(createRandom(3).fork('cloud').hex(16));
    expect(used.fork('cloud').hex(16)).not.toBe(used.fork('apm').hex(16));
  });

  it('spreads evenly enough that each of ten numbers turns up', () => {
    const random = createRandom(1);
    const seen = new Set(Array.from({ length: 200 }, () => random.int(10)));
    expect([...seen].toSorted((one, other) => one - other)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('shuffles without losing or repeating an item', () => {
    const items = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const shuffled = createRandom(5).shuffle(items);
    expect(shuffled).not.toEqual(items);
    expect(shuffled.toSorted()).toEqual(items);
  });

  it('makes version 4 UUIDs', () => {
    expect(uuid(createRandom(2))).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  it('refuses to pick from nothing', () => {
    expect(() => createRandom(1).pick([])).toThrow('no items');
  });
});
