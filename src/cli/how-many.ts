import { RotorError } from '../rotation/errors.js';
import type { RotationView } from '../triggers/rotation-view.js';
import type { Client } from './client.js';
import { chosenBy } from './each-of-many.js';
import { printNote } from './print.js';

type Chosen = { readonly max?: string | undefined; readonly selector?: string; readonly all?: boolean };

/** Where labels are given and no --max. */
const MOST_OF_LABELS = '10';

/** None is started where there are more. Throws `request_invalid`. */
export function mostOf({ max, selector, all = false }: Chosen): number {
  const typed = max ?? (selector !== undefined && !all ? MOST_OF_LABELS : undefined);
  if (typed === undefined) return Infinity;
  const number = Number(typed);
  if (Number.isInteger(number) && number >= 1) return number;
  throw new RotorError('request_invalid', `--max: a whole number from 1 on; "${typed}"`, {
    hint: 'See `rotor rotate --help`.',
  });
}

/** Those that the caller may see and that Rotor rotates itself; says which it does not. Throws `not_found`. */
export async function everyOwn(
  client: Client,
  selector: string | undefined,
): Promise<readonly RotationView[]> {
  const all = await chosenBy(client, selector);
  const own = all.filter(({ drivenBy }) => drivenBy === null);
  if (own.length === 0) throw new RotorError('not_found', 'there is no rotation that Rotor starts itself');
  const driven = all.filter(({ drivenBy }) => drivenBy !== null).map(({ name }) => name);
  if (driven.length > 0) printNote(`left to AWS Secrets Manager, which rotates them: ${driven.join(', ')}`);
  return own;
}
