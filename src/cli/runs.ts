import { Client, type RunSummary } from './client.js';
import { show, type Output } from './output.js';
import { printNote, table } from './print.js';
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
  const client = await Client.fromEnvironment();
  // A rotation that the service does not know is more likely a slip of the pen than one of old.
  if (rotation !== undefined) await client.rotation(rotation);
  const found = await client.runs({
    rotation,
    selector,
    outcome,
    by,
    since,
    limit,
    ...(active && { active: 'true' }),
  });
  await show(found, options, {
    table: () => table(['RUN', 'ROTATION', 'MODE', 'STATE', 'TOKEN', 'STARTED', 'BY'], found.runs.map(row)),
    names: () => found.runs.map(({ id }) => id),
  });
  if (found.next !== null) printNote(`there are more; show them with --limit (up to 200), or --since`);
  return 0;
}

export async function watchRun(id: string, options: Output): Promise<number> {
  const run = await watch(await Client.fromEnvironment(), id);
  // The tree stands on standard error already.
  await show(run, options, { table: () => '', names: () => [id] });
  return exitCodeOf(run);
}

function row({
  id,
  rotation,
  mode,
  state,
  outcome,
  stalled,
  paused,
  fingerprints,
  startedAt,
  trigger,
}: RunSummary): string[] {
  const at = outcome ?? (stalled ? 'stalled' : paused ? 'paused' : state);
  return [id, rotation, mode, at, fingerprints.current ?? '–', startedAt ?? '–', trigger.by ?? trigger.kind];
}
