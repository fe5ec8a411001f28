import type { Harm } from '../simulation/witness.js';

export type Shrunk = { readonly keep: readonly number[]; readonly harm: Harm };

/**
 * The fewest parts of a schedule that still do one of the harms that it does: leaves them out one by one, until none can
 * be missed.
 */
export async function shrink(
  all: readonly number[],
  harm: Harm,
  harmOf: (keep: readonly number[]) => Promise<Harm>,
): Promise<Shrunk> {
  let shortest: Shrunk = { keep: all, harm };
  for (let tried = -1; tried !== shortest.keep.length;) {
    tried = shortest.keep.length;
    for (const part of shortest.keep) {
      const keep = shortest.keep.filter((one) => one !== part);
      const without = await harmOf(keep);
      if (haveInCommon(harm, without)) shortest = { keep, harm: without };
    }
  }
  return shortest;
}

function haveInCommon(one: Harm, other: Harm): boolean {
  return Object.keys(one).some((kind) => {
    const key = kind as keyof Harm;
    return one[key].length > 0 && other[key].length > 0;
  });
}
