import { RotorError } from '../rotation/errors.js';
import type { RotationView } from '../triggers/rotation-view.js';
import type { RunView } from '../triggers/run-view.js';
import { sayNextOf } from './after-run.js';
import { timesFor } from './age.js';
import { Client } from './client.js';
import { noneOf } from './none.js';
import { show, type Output } from './output.js';
import { heldBack, verbOf } from './paused.js';
import { remarksBesideRun, remarksOfAll } from './remarks.js';
import { rotationTable, wideRotationTable, withoutStart } from './rotation-table.js';
import { roomOf } from './room.js';
import { renderRun } from './tree.js';
import { exitCodeOf, watch } from './watch.js';
import { worstFirst } from './worst-first.js';

type Options = Output & {
  readonly watch?: boolean;
  readonly selector?: string;
  readonly state?: string;
};

export async function status(name: string | undefined, options: Options): Promise<number> {
  const client = await Client.fromEnvironment();
  if (name === undefined && options.watch)
    throw new RotorError(
      'request_invalid',
      '--watch needs the name of a rotation: `rotor status NAME --watch`',
    );
  const { selector, state } = options;
  const rotations = await client.rotations({ selector, state: state?.replaceAll(' ', '_') });
  if (name === undefined) return overview(rotations, options, { selector, state });
  const rotation = rotations.find((one) => one.name === name);
  if (!rotation) {
    const known = rotations.map((one) => one.name).join(', ');
    throw new RotorError('not_found', `there is no rotation "${name}"; the service knows ${known}`);
  }
  if (!rotation.lastRun) {
    const next = rotation.nextDueAt ?? withoutStart(rotation);
    await show(rotation, options, {
      table: () => [`${unrotated(rotation)}; next start: ${next}`, ...remarksBesideRun(rotation)].join('\n'),
      names: () => [name],
    });
    return 0;
  }
  const run = options.watch
    ? await watch(client, rotation.lastRun.id)
    : await client.run(rotation.lastRun.id);
  const color = process.stdout.isTTY && process.stdout.hasColors();
  await show(run, options, {
    table: () =>
      options.watch
        ? ''
        : [...renderRun(run, { color, room: roomOf() }), ...besides(rotation, run)].join('\n'),
    names: () => [name],
  });
  if (!options.watch) return 0;
  sayNextOf(run, options, undefined);
  return exitCodeOf(run);
}

/** What the tree of its last run does not tell of a rotation. */
function besides(rotation: RotationView, { id }: RunView): string[] {
  const { name, state, fingerprint, deliveriesPaused: held, nextDueAt } = rotation;
  const next = nextDueAt ?? withoutStart(rotation);
  return [
    `\n${name} ${verbOf(state)} ${state.replaceAll('_', ' ')}; token ${fingerprint ?? '–'}; next start: ${next}`,
    // The run that holds deliveries back may have been followed by one that came to nothing.
    ...(held && held.run !== id ? [heldBack(name, held)] : []),
    ...remarksBesideRun(rotation),
  ];
}

function unrotated({ name, state }: RotationView): string {
  const nothing = 'has not been rotated yet';
  return state === 'new'
    ? `${name} ${nothing}`
    : `${name} ${verbOf(state)} ${state.replaceAll('_', ' ')} and ${nothing}`;
}

/** The worst first; `chosen` are the options by which they were. */
export async function overview(
  rotations: readonly RotationView[],
  options: Output,
  chosen: Parameters<typeof noneOf>[1] = {},
): Promise<number> {
  const sorted = worstFirst(rotations);
  const remarks = remarksOfAll(sorted);
  await show({ rotations: sorted }, options, {
    table: () => [rotationTable(sorted, timesFor(options)), ...remarks].join('\n'),
    wide: () => [wideRotationTable(sorted), ...remarks].join('\n'),
    names: () => sorted.map(({ name }) => name),
    items: () => sorted,
    none: noneOf('rotations', chosen),
  });
  return 0;
}
