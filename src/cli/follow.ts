import { sayNextOf } from './after-run.js';
import type { Client, Started } from './client.js';
import { show, type Output } from './output.js';
import { printNote } from './print.js';
import type { Stay } from './stay.js';
import { roomOf } from './room.js';
import { renderRun } from './tree.js';
import { exitCodeOf, wait, watch } from './watch.js';

/** What a command does with the run that it has started; the exit code tells what became of one that it stays with. */
export async function follow(
  client: Client,
  started: Started,
  options: Output,
  { how, withinMs }: Stay,
): Promise<number> {
  const { id } = started;
  if (how === 'leave') {
    await show(started, options, { table: () => id, names: () => [id] });
    printNote(`started; watch it with: rotor watch ${id}`);
    return 0;
  }
  const run = await (how === 'wait' ? wait : watch)(client, id, { withinMs });
  // What was watched stands on standard error already.
  const table = (): string =>
    how === 'wait' ? renderRun(run, { color: false, room: roomOf() }).join('\n') : '';
  await show(run, options, { table, names: () => [id] });
  sayNextOf(run, options, id);
  return exitCodeOf(run);
}
