import type { z } from 'zod';
import { RotorError } from '../rotation/errors.js';
import type { FoundDrift } from '../rotation/watch.js';
import type { Caller } from './access/caller.js';
import { among } from './among.js';
import type { ListRotations } from './api/requests.js';
import type { RotationView } from './rotation-view.js';
import type { Rotations } from './rotations.js';

type Asked = z.output<typeof ListRotations>;

export type RotationPage = {
  readonly rotations: readonly RotationView[];
  /** Where the next page begins; undefined: there is none. */
  readonly cursor: string | undefined;
};

/**
 * Those that the caller may see and has asked for, in the order of the config, a page at a time. Throws
 * `request_invalid` for a cursor of a rotation that the config does not declare any more.
 */
export async function pageOf(
  rotations: Pick<Rotations, 'list' | 'namesWhere'>,
  driftOf: (rotation: string) => FoundDrift | undefined,
  caller: Caller,
  { state, selector, cursor, limit }: Asked,
): Promise<RotationPage> {
  const declared = rotations.namesWhere(() => true);
  const ahead = new Set(declared.slice(placeAfter(cursor, declared)));
  const { rotations: wanted = declared } = among(rotations, caller, selector);
  const names = wanted.filter((name) => ahead.has(name));
  // What a rotation is at has to be looked up; one more than is shown tells whether there is another page.
  const all = await rotations.list(driftOf, state === undefined ? names.slice(0, limit + 1) : names);
  const found = state === undefined ? all : all.filter((one) => one.state === state);
  const shown = found.slice(0, limit);
  const last = found.length > shown.length ? shown.at(-1) : undefined;
  return { rotations: shown, cursor: last && Buffer.from(last.name).toString('base64url') };
}

function placeAfter(cursor: string | undefined, declared: readonly string[]): number {
  return cursor === undefined ? 0 : placeOf(cursor, declared) + 1;
}

/** Of the rotation that the cursor names. Throws `request_invalid` where the config does not declare it. */
export function placeOf(cursor: string, declared: readonly string[]): number {
  const place = declared.indexOf(Buffer.from(cursor, 'base64url').toString());
  if (place >= 0) return place;
  throw new RotorError(
    'request_invalid',
    'the cursor is none that a list of rotations has given, or its rotation is not in the config any more',
    { hint: 'Begin without one, and follow the `Link` of each page.' },
  );
}
