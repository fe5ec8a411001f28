import { RotorError } from '../errors.js';
import { assertAccepted } from './acceptance.js';
import { intentKeys } from './intent.js';
import { assertReady } from './ready.js';
import type { Step } from './step.js';

/** Proves the token of the announced version; while that is empty, that a rotation could be begun. */
export async function testSecret(step: Step): Promise<string> {
  const { version, ports, signal } = step;
  const held = await ports.announced.held(version, true, signal);
  if (held) {
    await assertAccepted(held, step);
    return `${held.fingerprint} is accepted by the APM Server`;
  }
  await assertNothingBegun(step);
  // RotateSecret without RotateImmediately calls this step alone, on a version that it takes away again.
  const { inForce } = await assertReady(step);
  const findings = await ports.store.preflight(signal);
  const ready = `version ${version} is empty; ${inForce.fingerprint} is in force, and a rotation could begin`;
  return [ready, ...findings].join('. ');
}

async function assertNothingBegun({ version, ports, signal }: Step): Promise<void> {
  const kept = await ports.notes.kept(signal);
  const keys: readonly string[] = intentKeys(version);
  if (!kept.some(({ key, isCrossed }) => keys.includes(key) && !isCrossed)) return;
  throw new RotorError(
    'not_accepted',
    `the token of version ${version} has been reset and is not stored yet`,
    {
      hint: 'createSecret has to be called again, until it succeeds.',
    },
  );
}
