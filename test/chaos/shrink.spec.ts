import { describe, expect, it } from '@jest/globals';
import type { Harm } from '../simulation/witness.js';
import { shrink } from './shrink.js';

const NONE: Harm = { lost: [], doubleResets: [], wrongCurrent: [], leaks: [], untrue: [], stuck: [] };
const LOST: Harm = { ...NONE, lost: ['a token'] };
const STUCK: Harm = { ...NONE, stuck: ['a run'] };

/** A schedule that does the harm where all of these parts are in it. */
const whereAll =
  (needed: readonly number[], harm = LOST) =>
  async (keep: readonly number[]): Promise<Harm> =>
    needed.every((part) => keep.includes(part)) ? harm : NONE;

describe('a schedule that does harm', () => {
  it.each([
    ['one part of many', [3]],
    ['two parts together', [0, 4]],
    ['every part', [0, 1, 2, 3, 4]],
    ['no part at all', []],
  ])('is left with what it takes: %s', async (_name, needed) => {
    expect(await shrink([0, 1, 2, 3, 4], LOST, whereAll(needed))).toEqual({ keep: needed, harm: LOST });
  });

  it('is looked through again where a part could only be missed after another', async () => {
    const harmOf = async (keep: readonly number[]): Promise<Harm> =>
      keep.includes(1) && (!keep.includes(2) || keep.includes(0)) ? LOST : NONE;
    expect((await shrink([0, 1, 2], LOST, harmOf)).keep).toEqual([1]);
  });

  it('is not taken for another one, whose harm is of another kind', async () => {
    const harmOf = async (keep: readonly number[]): Promise<Harm> => (keep.includes(2) ? LOST : STUCK);
    expect(await shrink([1, 2], LOST, harmOf)).toEqual({ keep: [2], harm: LOST });
  });
});
