import { ageOf } from './age.js';
import type { RunSummary } from './client.js';
import { table } from './print.js';

/** As wide as a terminal, with names of up to twenty characters. */
export function runTable(runs: readonly RunSummary[], now: number): string {
  const rows = runs.map((run) => [...runAt(run), ageOf(run.startedAt, now)]);
  return table(['RUN', 'ROTATION', 'MODE', 'STATE', 'AGE'], rows);
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
