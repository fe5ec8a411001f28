import type { RotationView } from '../triggers/rotation-view.js';
import { comingIn, pastIn, type Times } from './age.js';
import { table } from './print.js';

const HEAD = ['ROTATION', 'STATE', 'TOKEN', 'AGE', 'NEXT START', 'LAST RUN'];
const headFor = ({ isUtc }: Times): string[] =>
  HEAD.map((title) => (title === 'AGE' && isUtc ? 'SINCE' : title));
const WIDE = ['ROTATION', 'STATE', 'TOKEN', 'SINCE', 'NEXT START', 'LAST RUN', 'LABELS'];

/** As wide as a terminal, with names of up to twenty characters; wider with times in UTC. */
export function rotationTable(rotations: readonly RotationView[], times: Times): string {
  const rows = rotations.map((rotation) => {
    const { tokenSince, nextDueAt, lastRun } = rotation;
    return [
      ...stateOf(rotation),
      pastIn(times, tokenSince),
      nextDueAt === null ? withoutStart(rotation) : comingIn(times, nextDueAt),
      lastRun ? (lastRun.outcome ?? lastRun.state) : '–',
    ];
  });
  return table(headFor(times), rows);
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

export function withoutStart({ pause, approval }: Pick<RotationView, 'pause' | 'approval'>): string {
  if (approval.pending !== null) return 'on approval';
  return pause ? 'paused' : 'on demand';
}

export function labelsOf(labels: RotationView['labels']): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return pairs.join(',') || '–';
}
