import { meant } from './kinds.js';
import type { Problem } from './issues.js';
import { fieldOf } from './plain.js';
import type { Path } from './yaml-source.js';

/** Names of notifiers that the file does not declare. Works on the plain values of the file. */
export function notifyProblems(
  notifiers: unknown,
  defaults: unknown,
  rotations: readonly unknown[],
): Problem[] {
  const known = typeof notifiers === 'object' && notifiers !== null ? Object.keys(notifiers) : [];
  return [
    ...unknownIn(['defaults', 'notify'], fieldOf(defaults, 'notify'), known),
    ...rotations.flatMap((rotation, index) =>
      unknownIn(['rotations', index, 'notify'], fieldOf(rotation, 'notify'), known),
    ),
  ];
}

function unknownIn(path: Path, names: unknown, known: readonly string[]): Problem[] {
  if (!Array.isArray(names)) return [];
  return names.flatMap((name: unknown, index) => {
    if (typeof name !== 'string' || known.includes(name)) return [];
    const [hint = 'Declare it under `notifiers` at the top of the file.'] = meant(name, known);
    const expected = known.length === 0 ? 'the name of a notifier' : `one of: ${known.join(', ')}`;
    return [{ path: [...path, index], found: 'a notifier that is not declared', expected, hint }];
  });
}
