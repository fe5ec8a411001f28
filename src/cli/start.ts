import type { RunMode } from '../rotation/run.js';
import { Client } from './client.js';
import { printData, printJson, printNote } from './print.js';
import { exitCodeOf, watch } from './watch.js';

/** Starts a run; with `watch`, the exit code tells what became of it. */
export async function start(
  name: string,
  mode: RunMode,
  options: { readonly reason: string; readonly watch?: boolean; readonly json?: boolean },
): Promise<number> {
  const client = await Client.fromEnvironment();
  const started = await client.start(name, mode, options.reason);
  if (!options.watch) {
    if (options.json) printJson(started);
    else printData(started.id);
    printNote(`started; watch it with: rotor status ${name} --watch`);
    return 0;
  }
  const run = await watch(client, started.id);
  if (options.json) printJson(run);
  return exitCodeOf(run);
}
