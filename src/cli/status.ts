import { RotorError } from '../rotation/errors.js';
import type { RotationView } from '../triggers/rotation-view.js';
import { Client } from './client.js';
import { printData, printJson, table } from './print.js';
import { renderRun } from './tree.js';
import { exitCodeOf, watch } from './watch.js';

const WORST_FIRST = [
  'stalled',
  'drifted',
  'overdue',
  'failed',
  'degraded',
  'due',
  'paused',
  'rotating',
  'new',
  'fresh',
];

export async function status(
  name: string | undefined,
  options: { readonly watch?: boolean; readonly json?: boolean },
): Promise<number> {
  const client = await Client.fromEnvironment();
  const rotations = await client.rotations();
  if (name === undefined && options.watch)
    throw new RotorError(
      'request_invalid',
      '--watch needs the name of a rotation: `rotor status NAME --watch`',
    );
  if (name === undefined) return overview(rotations, options.json === true);
  const rotation = rotations.find((one) => one.name === name);
  if (!rotation) {
    const known = rotations.map((one) => one.name).join(', ');
    throw new RotorError('not_found', `there is no rotation "${name}"; the service knows ${known}`);
  }
  if (!rotation.lastRun) {
    if (options.json) printJson(rotation);
    else
      printData(
        `${name} has not been rotated yet; next start: ${rotation.nextDueAt ?? withoutStart(rotation)}`,
      );
    return 0;
  }
  const run = options.watch
    ? await watch(client, rotation.lastRun.id)
    : await client.run(rotation.lastRun.id);
  if (options.json) printJson(run);
  else if (!options.watch)
    printData(renderRun(run, { color: process.stdout.isTTY && process.stdout.hasColors() }).join('\n'));
  return options.watch ? exitCodeOf(run) : 0;
}

function overview(rotations: readonly RotationView[], json: boolean): number {
  const sorted = rotations.toSorted((a, b) => WORST_FIRST.indexOf(a.state) - WORST_FIRST.indexOf(b.state));
  if (json) printJson({ rotations: sorted });
  else {
    printData(table(['ROTATION', 'STATE', 'TOKEN', 'SINCE', 'NEXT START', 'LAST RUN'], sorted.map(row)));
    for (const { name, drift } of sorted) if (drift) printData(driftLine(name, drift));
    for (const { name, pause } of sorted) if (pause) printData(pauseLine(name, pause));
  }
  return 0;
}

function driftLine(name: string, { detail, repair }: NonNullable<RotationView['drift']>): string {
  return `\n${name}: ${detail}.\n  next: ${repair}`;
}

function row(rotation: RotationView): string[] {
  const { name, state, fingerprint, tokenSince, nextDueAt, lastRun } = rotation;
  const last = lastRun ? `${lastRun.outcome ?? lastRun.state} ${lastRun.startedAt}` : '–';
  return [name, state, fingerprint ?? '–', tokenSince ?? '–', nextDueAt ?? withoutStart(rotation), last];
}

function withoutStart({ pause }: RotationView): string {
  return pause ? 'paused' : 'on demand';
}

function pauseLine(name: string, { reason, until }: NonNullable<RotationView['pause']>): string {
  return `\n${name} is paused ${until === null ? 'until somebody resumes it' : `until ${until}`}: ${reason}\n  next: rotor resume ${name}`;
}
