import type { Problem } from './issues.js';
import { meant } from './kinds.js';
import { fieldOf } from './plain.js';
import { strategicConfig } from './strategy-schema.js';

type Waves = NonNullable<NonNullable<ReturnType<typeof strategicConfig.parse>['strategy']>['waves']>;

/** A wave that no target names is empty; a target that names a wave which does not exist was meant for one. */
export function strategyProblems(defaults: unknown, rotations: readonly unknown[]): Problem[] {
  // What is wrong in one of them is said there.
  const shared = strategicConfig.safeParse(defaults ?? {});
  const sharedWaves = shared.data?.strategy?.waves;
  return [
    ...(sharedWaves ? shareProblems(['defaults', 'strategy', 'waves'], sharedWaves) : []),
    ...rotations.flatMap((rotation, index) => {
      const own = strategicConfig.safeParse(rotation);
      if (!own.success) return [];
      const ownWaves = own.data.strategy?.waves;
      const waves = ownWaves ?? (shared.success ? (sharedWaves ?? []) : undefined);
      const path = ['rotations', index];
      return [
        ...(ownWaves ? shareProblems([...path, 'strategy', 'waves'], ownWaves) : []),
        ...(waves ? nameProblems([...path, 'targets'], rotation, waves) : []),
      ];
    }),
  ];
}

/** Each is counted from the start: one that is no larger than the one before it would be empty. */
function shareProblems(path: Problem['path'], waves: Waves): Problem[] {
  let before = 0;
  return waves.flatMap((wave, index) => {
    if ('name' in wave) return [];
    const previous = before;
    before = Math.max(before, wave.percent);
    if (wave.percent > previous) return [];
    const expected = `more than ${previous}%, which the waves before it reach: each share is counted from the start`;
    return [{ path: [...path, index], found: `${wave.percent}%`, expected }];
  });
}

function nameProblems(path: Problem['path'], rotation: unknown, waves: Waves): Problem[] {
  const targets = fieldOf(rotation, 'targets');
  const names = waves.flatMap((wave) => ('name' in wave ? [wave.name] : []));
  if (!Array.isArray(targets)) return [];
  return targets.flatMap((target: unknown, index) => {
    const wave = fieldOf(target, 'wave');
    if (typeof wave !== 'string' || names.includes(wave)) return [];
    const expected =
      names.length === 0
        ? 'no wave, as strategy.waves names none'
        : `one that strategy.waves has: ${names.join(', ')}`;
    const [hint] = meant(wave, names);
    return [{ path: [...path, index, 'wave'], found: JSON.stringify(wave), expected, ...(hint && { hint }) }];
  });
}
