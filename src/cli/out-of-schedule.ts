import type { RotationView } from '../triggers/rotation-view.js';
import { printNote } from './print.js';

/** A person may start a run in a blackout, and is told that it is one. A look that fails keeps nobody from a start. */
export async function sayOutOfSchedule(look: Promise<readonly RotationView[]>): Promise<void> {
  for (const { name, outOfSchedule } of await look.catch(() => []))
    for (const phrase of outOfSchedule) printNote(`warning  ${name}: ${phrase}`);
}
