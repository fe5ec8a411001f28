/** Targets that are named so, or as many more as bring all that have had their turn to this share of all targets. */
export type Wave = { readonly name: string } | { readonly percent: number };

type Waiting = { readonly name: string; readonly wave?: string };

/**
 * The number of the wave in which each target's turn comes, from 1 on without a gap: a wave that no target is left for
 * is none. A target that names a wave waits for that one; whoever no wave takes comes in a last one.
 */
export function turnsOf(targets: readonly Waiting[], waves: readonly Wave[]): ReadonlyMap<string, number> {
  const turns = new Map<string, number>();
  const named = new Set(waves.flatMap((wave) => ('name' in wave ? [wave.name] : [])));
  const waitsForName = ({ wave }: Waiting): boolean => wave !== undefined && named.has(wave);
  let number = 0;
  for (const wave of [...waves, { percent: 100 }]) {
    const left = targets.filter(({ name }) => !turns.has(name));
    const taken =
      'name' in wave
        ? left.filter((target) => target.wave === wave.name)
        : left
            .filter((target) => !waitsForName(target))
            .slice(0, roomFor(wave.percent, targets.length, turns.size));
    if (taken.length > 0) number += 1;
    for (const { name } of taken) turns.set(name, number);
  }
  return turns;
}

/** A part of a target is a whole one: a share of 10 % of three is one. */
function roomFor(percent: number, all: number, served: number): number {
  return Math.max(0, Math.ceil((all * percent) / 100) - served);
}
