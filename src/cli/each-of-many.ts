import pLimit from 'p-limit';
import { asRotorError, RotorError, type Code } from '../rotation/errors.js';
import type { RotationView } from '../triggers/rotation-view.js';
import type { Client } from './client.js';
import { SAID_AFTER_MS } from './each-rotation.js';
import { printNote } from './print.js';

/** Looks of the service ask the upstreams that its runs ask. */
const AT_ONCE = 4;

/** With them none of the others would be answered either. */
const OF_ALL: ReadonlySet<Code> = new Set(['server_unreachable', 'unauthenticated']);

export type Answered<T> = { readonly name: string } & (
  { readonly answer: T } | { readonly fault: RotorError }
);

/**
 * Asks the service about each, a few at one time; in the order of the names. What one of them cannot be asked for keeps
 * no other from being asked. Throws where the service cannot be asked at all.
 */
export async function askAboutEach<T>(
  names: readonly string[],
  ask: (name: string) => Promise<T>,
): Promise<readonly Answered<T>[]> {
  const turns = pLimit(AT_ONCE);
  const said = setTimeout(() => printNote(`waiting for looks at ${names.length} rotations`), SAID_AFTER_MS);
  const one = async (name: string): Promise<Answered<T>> => {
    try {
      return { name, answer: await ask(name) };
    } catch (error) {
      const fault = asRotorError(error);
      if (OF_ALL.has(fault.code)) throw fault;
      return { name, fault };
    }
  };
  try {
    return await Promise.all(names.map(async (name) => turns(one, name)));
  } finally {
    turns.clearQueue();
    clearTimeout(said);
  }
}

/** Throws `request_invalid` where both are given, or neither. */
export function assertNamedOrChosen(
  command: string,
  names: readonly string[],
  { selector, all = false }: { readonly selector?: string; readonly all?: boolean },
): void {
  const isChosen = selector !== undefined || all;
  if (names.length > 0 !== isChosen) return;
  const found = isChosen ? 'both are given' : 'nothing is given';
  throw new RotorError(
    'request_invalid',
    `name one rotation or several, or give --selector or --all; ${found}`,
    { hint: `See \`rotor ${command} --help\`.` },
  );
}

/** In the order of the config. Throws `not_found` where there are none. */
export async function chosenBy(
  client: Client,
  selector: string | undefined,
): Promise<readonly RotationView[]> {
  const chosen = await client.rotations({ selector });
  if (chosen.length > 0) return chosen;
  throw new RotorError(
    'not_found',
    selector === undefined ? 'the service has no rotation' : `no rotation has the labels ${selector}`,
  );
}

/** What is known to be wrong comes before what nobody could see; see the exit codes in `rotation/errors.ts`. */
const WORST_FIRST = [3, 1, 6, 5, 2, 7, 4, 8, 0];

/** Its place among the others, the worst first; one that is not known here comes last. */
export function rankOf(code: number): number {
  const at = WORST_FIRST.indexOf(code);
  return at < 0 ? WORST_FIRST.length : at;
}

export function worstOf(codes: readonly number[]): number {
  return WORST_FIRST.find((code) => codes.includes(code)) ?? 0;
}
