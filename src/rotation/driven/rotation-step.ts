import { RotorError } from '../errors.js';
import { createSecret } from './creating.js';
import { finishSecret, forgetIntents } from './finishing.js';
import { setSecret } from './setting.js';
import { currentIn, type Step } from './step.js';
import { testSecret } from './testing.js';

export const steps = { createSecret, setSecret, testSecret, finishSecret } satisfies Record<
  string,
  (step: Step) => Promise<string>
>;

export type StepName = keyof typeof steps;

export const stepNames = Object.keys(steps) as [StepName, ...StepName[]];

/**
 * One of the four calls of a rotation that AWS Secrets Manager drives, for the version that it has announced. May be
 * repeated, come in any order and die anywhere. Tells what now holds, a sentence without a token; throws `RotorError`.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
 */
export async function takeStep(name: StepName, step: Step): Promise<string> {
  const { version, ports, signal } = step;
  const standing = await ports.announced.standing(version, signal);
  if (standing === 'pending') return steps[name](step);
  if (standing === 'unannounced') await assertCarried(step);
  if (name === 'finishSecret') {
    // The call that has made it current may have died before it did this.
    await forgetIntents(step);
    await ports.store.release(version, signal);
  }
  return `the token of version ${version} is current already`;
}

/** Another version may have come to carry its token; see `finishSecret`. */
async function assertCarried(step: Step): Promise<void> {
  const { version, ports, signal } = step;
  const held = await ports.announced.held(version, false, signal);
  if (held && (await currentIn(step)).fingerprint === held.fingerprint) return;
  throw new RotorError(
    'store_refused',
    `version ${version} of ${ports.place} is not announced: AWS has not begun its rotation, has ended it, or somebody ` +
      'has called it off',
    {
      effect: 'not_applied',
      hint: 'Nothing was changed. Another one is begun by: aws secretsmanager rotate-secret.',
    },
  );
}
