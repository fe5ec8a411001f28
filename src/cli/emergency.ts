import { RotorError } from '../rotation/errors.js';
import type { RotationView } from '../triggers/rotation-view.js';
import type { Client } from './client.js';
import { printNote } from './print.js';

/** Of an option that was not given; see `rotate`. */
const NO_REASON = 'on demand';

/** Throws `request_invalid`: what skips the pauses of others says why. */
export function assertReason({ reason }: { readonly reason: string }): void {
  if (reason !== NO_REASON && reason.trim() !== '') return;
  throw new RotorError('request_invalid', '--emergency needs --reason, for the audit log; none is given', {
    hint: 'See `rotor rotate --help`.',
  });
}

/** What each of them will leave out, before it does. */
export function saySkipped(rotations: readonly RotationView[]): void {
  for (const { name, skippedInEmergency: skipped } of rotations)
    printNote(
      `${name} skips ${skipped.length === 0 ? 'nothing: nothing holds it back' : skipped.join('; ')}`,
    );
}

/** By one request, however many they are. One that is not there is for the service to refuse. */
export async function saySkippedOf(client: Client, names: readonly string[]): Promise<void> {
  saySkipped((await client.rotations()).filter(({ name }) => names.includes(name)));
}
