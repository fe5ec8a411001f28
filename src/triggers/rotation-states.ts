/** What a rotation can be at, the worst first: what needs somebody comes before what does not. */
export const ROTATION_STATES = [
  'stalled',
  'deliveries_paused',
  'drifted',
  'overdue',
  'failed',
  'degraded',
  'due',
  'paused',
  'rotating',
  'new',
  'fresh',
] as const;

export type RotationState = (typeof ROTATION_STATES)[number];
