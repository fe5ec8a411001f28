import { ROTATION_STATES } from '../triggers/rotation-states.js';
import type { RotationView } from '../triggers/rotation-view.js';

export function worstFirst(rotations: readonly RotationView[]): RotationView[] {
  return rotations.toSorted((a, b) => ROTATION_STATES.indexOf(a.state) - ROTATION_STATES.indexOf(b.state));
}
