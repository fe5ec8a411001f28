import { pastIn, type Times } from './age.js';
import type { RunSummary } from './client.js';
import { table } from './print.js';

/** As wide as a terminal, with names of up to twenty characters; wider with times in UTC. */
export function runTable(runs: readonly RunSummary[], times: Times): string {
  const rows = runs.map((run) => [...runAt(run), pastIn(times, run.startedAt)]);
  return table(['RUN', 'ROTATION', 'MODE', 'STATE', times.isUtc ? 'STARTED' : 'AGE'], rows);
}

/** With the times themselves. */
export function wideRunTable(runs: readonly RunSummary[]): string {
  const rows = runs.map((run) => {
    const { fingerprints, startedAt, durationMs, trigger } = run;
    const took = durationMs === null ? '–' : `${(durationMs / 1_000).toFixed(1)}s`;
    return [...runAt(run), fingerprints.current ?? '–', startedAt ?? '–', took, trigger.by ?? trigger.kind];
  });
  return table(['RUN', 'ROTATION', 'MODE', 'STATE', 'TOKEN', 'STARTED', 'TOOK', 'BY'], rows);
}

function runAt({ id, rotation, mode, state, outcome, stalled, paused }: RunSummary): string[] {
  return [id, rotation, mode, outcome ?? (stalled ? 'stalled' : paused ? 'paused' : state)];
}
