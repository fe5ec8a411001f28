import { describe, expect, it } from '@jest/globals';
import { STATE_NAMES, assertMove, mayMove } from '../../src/rotation/run.js';

describe('the table of moves', () => {
  it('reaches every state from the first one', () => {
    const reached = new Set(['preparing' as (typeof STATE_NAMES)[number]]);
    for (let before = 0; before !== reached.size;) {
      before = reached.size;
      for (const from of reached) for (const to of STATE_NAMES) if (mayMove(from, to)) reached.add(to);
    }
    expect(reached).toEqual(new Set(STATE_NAMES));
  });

  it('lets an end be reached from every state, and nothing after it', () => {
    const canEnd = new Set(['ended' as (typeof STATE_NAMES)[number]]);
    for (let before = 0; before !== canEnd.size;) {
      before = canEnd.size;
      for (const from of STATE_NAMES) if ([...canEnd].some((to) => mayMove(from, to))) canEnd.add(from);
    }
    expect(canEnd.size).toBe(STATE_NAMES.length);
    expect(STATE_NAMES.filter((to) => mayMove('ended', to))).toEqual([]);
  });

  it('refuses what it does not list: nothing is promoted before it was accepted, nothing sent before it was prepared', () => {
    expect(() => assertMove('setting', 'promoting')).toThrow('cannot move from setting to promoting');
    expect(() => assertMove('resetting', 'promoting')).toThrow('cannot move');
    expect(() => assertMove('preparing', 'resetting')).toThrow('cannot move');
    expect(() => assertMove('anchoring', 'resetting')).toThrow('cannot move');
    expect(() => assertMove('settled', 'resetting')).toThrow('cannot move');
  });
});
