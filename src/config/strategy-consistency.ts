import type { Problem } from './issues.js';
import { meant } from './kinds.js';
import { fieldOf } from './plain.js';
import { strategicConfig } from './strategy-schema.js';
import type { Path } from './yaml-source.js';

type Waves = NonNullable<NonNullable<ReturnType<typeof strategicConfig.parse>['strategy']>['waves']>;

/** `waves`: its own, or those of defaults; undefined where what is said of them cannot be read. */
type Using = {
  readonly path: Path;
  readonly targets: readonly unknown[];
  readonly waves: Waves | undefined;
  readonly isOwn: boolean;
};

/** A wave that no target names is empty; a target that names a wave which does not exist was meant for one. */
export function strategyProblems(defaults: unknown, rotations: readonly unknown[]): Problem[] {
  // What is wrong in one of them is said there.
  const shared = strategicConfig.safeParse(defaults ?? {});
  const sharedWaves = shared.success ? (shared.data.strategy?.waves ?? []) : undefined;
  const using = rotations.map((rotation, index) => usedBy(rotation, ['rotations', index], sharedWaves));
  return [
    ...orderProblems(['defaults'], defaults),
    ...using.flatMap((one, index) => [
      ...orderProblems(one.path, rotations[index]),
      ...nameProblems(one),
      ...(one.isOwn ? emptyProblems(one.path, [one]) : []),
    ]),
    ...emptyProblems(
      ['defaults'],
      using.filter(({ isOwn }) => !isOwn),
    ),
  ];
}

function usedBy(rotation: unknown, path: Path, shared: Waves | undefined): Using {
  const { data } = strategicConfig.safeParse(rotation);
  const targets = fieldOf(rotation, 'targets');
  const listed: readonly unknown[] = Array.isArray(targets) ? targets : [];
  const isOwn = wavesIn(rotation) !== undefined;
  return { path, targets: listed, isOwn, waves: data && (isOwn ? data.strategy?.waves : shared) };
}

function wavesIn(parent: unknown): unknown {
  return fieldOf(fieldOf(parent, 'strategy'), 'waves');
}

/** The rest is everybody; and a share is counted from the start, so that none is smaller than the one before it. */
function orderProblems(path: Path, parent: unknown): Problem[] {
  const written = wavesIn(parent);
  const waves = strategicConfig.safeParse(parent).data?.strategy?.waves;
  if (!Array.isArray(written) || waves === undefined) return [];
  const place = [...path, 'strategy', 'waves'];
  const rest = written.indexOf('rest');
  if (rest >= 0 && rest < written.length - 1) return [restProblem([...place, rest], waves.slice(rest + 1))];
  let before = 0;
  return waves.flatMap((wave, index) => {
    if ('name' in wave) return [];
    const previous = before;
    before = Math.max(before, wave.percent);
    if (wave.percent > previous) return [];
    const expected = `more than ${previous}%, which the waves before it reach: each share is counted from the start`;
    return [{ path: [...place, index], found: `${wave.percent}%`, expected }];
  });
}

function restProblem(path: Path, after: Waves): Problem {
  const names = namesOf(after);
  const hint = `Where ${names.join(', ')} shall come last, write "100%" in place of rest: these are all that name no wave.`;
  return {
    path,
    found: 'rest before other waves',
    expected: 'rest as the last one, as it is everybody who is left',
    ...(names.length > 0 && { hint }),
  };
}

function nameProblems({ path, targets, waves }: Using): Problem[] {
  if (!waves) return [];
  const names = namesOf(waves);
  return targets.flatMap((target, index) => {
    const wave = fieldOf(target, 'wave');
    if (typeof wave !== 'string' || names.includes(wave)) return [];
    const expected =
      names.length === 0
        ? 'no wave, as strategy.waves names none'
        : `one that strategy.waves has: ${names.join(', ')}`;
    const [hint] = meant(wave, names);
    const at = [...path, 'targets', index, 'wave'];
    return [{ path: at, found: JSON.stringify(wave), expected, ...(hint && { hint }) }];
  });
}

/**
 * Who trusts in a wave of canaries would have everybody at once. In defaults it is enough that one rotation has some.
 * A name that a target got wrong is told at the target.
 */
function emptyProblems(path: Path, using: readonly Using[]): Problem[] {
  const [waves] = using.map((one) => one.waves);
  const isUnclear = using.some((one) => one.waves === undefined || nameProblems(one).length > 0);
  const targets = using.flatMap((one) => one.targets);
  if (!waves || isUnclear || targets.length === 0) return [];
  const named = new Set(targets.map((target) => fieldOf(target, 'wave')));
  return waves.flatMap((wave, index) => {
    if (!('name' in wave) || named.has(wave.name)) return [];
    return [
      {
        path: [...path, 'strategy', 'waves', index],
        found: `${JSON.stringify(wave.name)}, a wave that nobody is in`,
        expected: `a target with \`wave: ${wave.name}\`, or no such wave`,
      },
    ];
  });
}

function namesOf(waves: Waves): string[] {
  return waves.flatMap((wave) => ('name' in wave ? [wave.name] : []));
}
