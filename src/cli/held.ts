import type { RotationView } from '../triggers/rotation-view.js';

type Held = NonNullable<RotationView['held']>;

const WAITS_FOR: Readonly<Record<Held['by'], string>> = {
  pause: 'the end of the pause',
  blackout: 'the end of a blackout',
  window: 'its next window',
  jitter: 'its share of the jitter',
  back_off: 'a while after the run that failed',
};

/** Of a run that is due: what it waits for, and why. */
export function waitsFor({ by, reason }: Held): string {
  return `${WAITS_FOR[by]}${reason === null ? '' : `: ${reason}`}`;
}
