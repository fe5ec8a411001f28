import { durationMs, formatDuration } from './duration.js';
import type { Problem } from './issues.js';
import { fieldOf, valueAt } from './plain.js';
import { DELIVERY_DEADLINE_MS } from '../rotation/policy.js';
import type { Path } from './yaml-source.js';

/** How long a part of a delivery may take. */
const PARTS: readonly Path[] = [['timeout'], ['ready', 'timeout'], ['ack', 'timeout']];

/**
 * Of one target: what may not take as long as is written, since the deadline of the whole ends it before. A deadline
 * that is shorter than the default of a part is clear: it ends that part.
 */
export function deliveryProblems(rotations: readonly unknown[]): Problem[] {
  return rotations.flatMap((rotation, index) => {
    const targets = fieldOf(rotation, 'targets');
    const listed: readonly unknown[] = Array.isArray(targets) ? targets : [];
    return listed.flatMap((target, at) => deadlineProblems(target, ['rotations', index, 'targets', at]));
  });
}

function deadlineProblems(target: unknown, path: Path): Problem[] {
  const written = fieldOf(target, 'deadline');
  const deadline = written === undefined ? DELIVERY_DEADLINE_MS : msOf(written);
  if (deadline === undefined) return [];
  return PARTS.flatMap((part) => {
    const ms = msOf(valueAt(target, part));
    if (ms === undefined || ms <= deadline) return [];
    const whose = written === undefined ? 'the deadline of the delivery by default' : 'its deadline';
    return [
      {
        path: [...path, ...part],
        found: formatDuration(ms),
        expected: `at most ${formatDuration(deadline)}, which is ${whose}: it ends all tries and all waiting`,
        hint: 'Make the deadline longer, or this shorter.',
      },
    ];
  });
}

/** What is no duration is told by itself. */
function msOf(written: unknown): number | undefined {
  return typeof written === 'string' ? durationMs(written) : undefined;
}
