import type { RotationView } from '../triggers/rotation-view.js';
import { ageOf, timeTo } from './age.js';
import { table } from './print.js';

const HEAD = ['ROTATION', 'STATE', 'TOKEN', 'AGE', 'NEXT START', 'LAST RUN'];
const WIDE = ['ROTATION', 'STATE', 'TOKEN', 'SINCE', 'NEXT START', 'LAST RUN', 'LABELS'];

/** As wide as a terminal, with names of up to twenty characters. */
export function rotationTable(rotations: readonly RotationView[], now: number): string {
  const rows = rotations.map((rotation) => {
    const { tokenSince, nextDueAt, lastRun, approval } = rotation;
    return [
      ...stateOf(rotation),
      ageOf(tokenSince, now),
      approval.pending !== null
        ? 'on approval'
        : nextDueAt === null
          ? withoutStart(rotation)
          : timeTo(nextDueAt, now),
      lastRun ? (lastRun.outcome ?? lastRun.state) : '–',
    ];
  });
  return table(HEAD, rows);
}

/** With the times themselves. */
export function wideRotationTable(rotations: readonly RotationView[]): string {
  const rows = rotations.map((rotation) => {
    const { tokenSince, nextDueAt, lastRun, labels } = rotation;
    return [
      ...stateOf(rotation),
      tokenSince ?? '–',
      nextDueAt ?? withoutStart(rotation),
      lastRun ? `${lastRun.outcome ?? lastRun.state} ${lastRun.startedAt}` : '–',
      labelsOf(labels),
    ];
  });
  return table(WIDE, rows);
}

function stateOf({ name, state, fingerprint }: RotationView): string[] {
  return [name, state.replaceAll('_', ' '), fingerprint ?? '–'];
}

export function withoutStart({ pause }: Pick<RotationView, 'pause'>): string {
  return pause ? 'paused' : 'on demand';
}

export function labelsOf(labels: RotationView['labels']): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return pairs.join(',') || '–';
}
