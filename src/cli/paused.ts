import type { RotationView } from '../triggers/rotation-view.js';
import type { RunView } from '../triggers/run-view.js';

/** Since when, by whom and why. */
export function pausedSince({ since, by, reason }: NonNullable<RunView['paused']>): string {
  return `paused since ${since}${by === null ? '' : ` by ${by}`}: ${reason}`;
}

/** Of a rotation whose newest token is held back from targets: that, and what a person can do. */
export function heldBack(name: string, paused: NonNullable<RotationView['deliveriesPaused']>): string {
  const { run } = paused;
  return `\n${name}: deliveries of ${run} ${pausedSince(paused)}\n  next: rotor resume ${run} · rotor cancel ${run}`;
}

/** Between a rotation and the words for its state. */
export function verbOf(state: RotationView['state']): 'has' | 'is' {
  return state === 'deliveries_paused' ? 'has' : 'is';
}
