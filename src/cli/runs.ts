import { sayNextOf } from './after-run.js';
import { timesFor } from './age.js';
import { Client, type RunSummary } from './client.js';
import { limitOf, MOST } from './limit.js';
import { sinceOf } from './moment.js';
import { noneOf } from './none.js';
import { show, type Output } from './output.js';
import { printNote } from './print.js';
import { runTable, wideRunTable } from './run-table.js';
import { exitCodeOf, watch } from './watch.js';

export type RunsOptions = Output & {
  readonly selector?: string;
  readonly outcome?: string;
  readonly by?: string;
  readonly active?: boolean;
  readonly since?: string;
  readonly limit: string;
};

export async function listRuns(rotation: string | undefined, options: RunsOptions): Promise<number> {
  const { selector, outcome, by, active, since, limit } = options;
  const asked = {
    rotation,
    selector,
    outcome,
    by,
    since: since === undefined ? undefined : sinceOf(since),
    limit: limitOf(limit),
    ...(active && { active: 'true' }),
  };
  const client = await Client.fromEnvironment();
  // A rotation that the service does not know is more likely a slip of the pen than one of old.
  if (rotation !== undefined) await client.rotation(rotation);
  const found = await client.runs(asked);
  const none = noneOf(rotation === undefined ? 'runs' : `runs of ${rotation}`, {
    selector,
    outcome,
    by,
    active,
    since,
  });
  await showRuns(found, found.runs, options, none);
  if (found.next !== null) printNote(`there are more; show them with --limit (up to ${MOST}), or --since`);
  return 0;
}

export async function showRuns(
  whole: object,
  runs: readonly RunSummary[],
  options: Output,
  none?: string,
): Promise<void> {
  await show(whole, options, {
    table: () => runTable(runs, timesFor(options)),
    wide: () => wideRunTable(runs),
    names: () => runs.map(({ id }) => id),
    items: () => runs,
    none,
  });
}

export async function watchRun(id: string, options: Output): Promise<number> {
  const run = await watch(await Client.fromEnvironment(), id);
  // The tree stands on standard error already.
  await show(run, options, { table: () => '', names: () => [id] });
  sayNextOf(run, options, id);
  return exitCodeOf(run);
}
