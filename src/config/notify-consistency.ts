import { meant } from './kinds.js';
import type { Problem } from './issues.js';
import { fieldOf } from './plain.js';
import type { Path } from './yaml-source.js';

type Names = { readonly hearing: readonly string[]; readonly deaf: readonly string[] };

/** Names of notifiers that the file does not declare, or that hear of no event. Works on the plain values of the file. */
export function notifyProblems(
  notifiers: unknown,
  defaults: unknown,
  rotations: readonly unknown[],
): Problem[] {
  const all = typeof notifiers === 'object' && notifiers !== null ? Object.entries(notifiers) : [];
  const isDeaf = ([, one]: readonly [string, unknown]): boolean => fieldOf(one, 'type') === 'healthchecks';
  const nameOf = ([name]: readonly [string, unknown]): string => name;
  const known = {
    hearing: all.filter((one) => !isDeaf(one)).map(nameOf),
    deaf: all.filter(isDeaf).map(nameOf),
  };
  return [
    ...unfitIn(['defaults', 'notify'], fieldOf(defaults, 'notify'), known),
    ...rotations.flatMap((rotation, index) =>
      unfitIn(['rotations', index, 'notify'], fieldOf(rotation, 'notify'), known),
    ),
  ];
}

function unfitIn(path: Path, names: unknown, { hearing, deaf }: Names): Problem[] {
  if (!Array.isArray(names)) return [];
  return names.flatMap((name: unknown, index) => {
    if (typeof name !== 'string' || hearing.includes(name)) return [];
    const expected = hearing.length === 0 ? 'the name of a notifier' : `one of: ${hearing.join(', ')}`;
    if (deaf.includes(name)) {
      const found = 'a notifier of type healthchecks, which hears of no event';
      return [{ path: [...path, index], found, expected, hint: 'Take it away: it is pinged without it.' }];
    }
    const [hint = 'Declare it under `notifiers` at the top of the file.'] = meant(name, hearing);
    return [{ path: [...path, index], found: 'a notifier that is not declared', expected, hint }];
  });
}
