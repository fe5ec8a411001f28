import { RotorError } from '../../rotation/errors.js';
import { Client, type Target } from '../client.js';
import { noneOf } from '../none.js';
import { show, type Output } from '../output.js';
import { table } from '../print.js';

export type TargetsOptions = Output & { readonly selector?: string; readonly rotation?: string };

const HEAD = ['ROTATION', 'TARGET', 'TYPE', 'STATE', 'ON IT'];
const WIDE = [...HEAD, 'TOKEN', 'WAVE', 'RUN', 'DETAIL'];

/** Of all rotations, of some, or those of this name. */
export async function getTargets(
  name: string | undefined,
  { selector, rotation, ...options }: TargetsOptions,
): Promise<number> {
  const client = await Client.fromEnvironment();
  // A rotation that the service does not know is more likely a slip of the pen than one without targets.
  if (rotation !== undefined) await client.rotation(rotation);
  const all = await client.targets({ selector });
  const targets = all.filter(
    (one) =>
      (rotation === undefined || one.rotation === rotation) && (name === undefined || one.name === name),
  );
  if (name !== undefined && targets.length === 0) {
    const known = [...new Set(all.map((one) => one.name))].join(', ') || 'none';
    throw new RotorError('not_found', `there is no target ${JSON.stringify(name)}; there are ${known}`);
  }
  await show({ targets }, options, {
    table: () => targetTable(targets),
    wide: () => table(WIDE, targets.map(wideRow)),
    names: () => targets.map((one) => one.name),
    items: () => targets,
    none: noneOf('targets', { selector, rotation }),
  });
  return 0;
}

export function targetTable(targets: readonly Target[]): string {
  return table(HEAD, targets.map(row));
}

function row({ rotation, name, type, state, seen }: Target): string[] {
  const on = seen === null ? '–' : `${seen.converged}/${seen.of}`;
  return [rotation, name, type, state?.replaceAll('_', ' ') ?? '–', on];
}

function wideRow(target: Target): string[] {
  const { fingerprint, wave, run, detail } = target;
  return [...row(target), fingerprint ?? '–', String(wave), run ?? '–', detail ?? '–'];
}
