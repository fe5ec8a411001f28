import { z } from 'zod';
import type { Clock } from '../rotation/clock.js';
import { stepNames, takeStep } from '../rotation/driven/rotation-step.js';
import type { DrivenPorts } from '../rotation/driven/step.js';
import type { Millis } from '../rotation/run.js';
import { Secret } from '../rotation/secret.js';
import type { VersionId } from '../stores/store.js';

/**
 * What AWS Secrets Manager calls a rotation function with; other members are passed over.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
 */
export const rotationEvent = z
  .object({
    Step: z.enum(stepNames, { error: `one of: ${stepNames.join(', ')}` }),
    SecretId: z.string().min(1).max(2048).describe('ARN of the secret.'),
    ClientRequestToken: z
      .string()
      .regex(/^[\x21-\x7e]{32,64}$/, '32 to 64 characters, as AWS has given them to the new version')
      .describe('Id of the version that the rotation is to fill.'),
    RotationToken: z
      .string()
      .min(1)
      .max(256)
      .transform((token) => new Secret(token))
      .meta({ override: { type: 'string', minLength: 1, maxLength: 256 } })
      .exactOptional()
      .describe('Where the function works under an assumed role.'),
  })
  .meta({ id: 'AwsRotation' });

export type RotationEvent = z.output<typeof rotationEvent>;

export type DrivenCall = { readonly secretId: string; readonly rotationToken?: Secret };
export type OpenedCall = { readonly rotation: string; readonly ports: DrivenPorts };

export const stepTaken = z
  .strictObject({
    rotation: z.string(),
    step: z.enum(stepNames),
    detail: z.string().describe('What now holds; tokens by their fingerprints.'),
    run: z.string().exactOptional().describe('After `finishSecret`: the run that delivers the token.'),
  })
  .meta({ id: 'AwsStepTaken' });

export type StepTaken = z.output<typeof stepTaken>;

export type Allowance = {
  /** Until when a step may wait for what has to come by itself. */
  readonly waitUntil: Millis;
  readonly signal: AbortSignal;
};

/** The four calls of a rotation that AWS Secrets Manager drives. */
export class AwsRotation {
  constructor(
    /** Throws `not_found` where no rotation is driven by this secret. */
    private readonly open: (call: DrivenCall) => OpenedCall,
    private readonly clock: Clock,
  ) {}

  /** Throws `not_found` where no rotation is driven by this secret. `assertMay` throws where the caller may not ask. */
  async take(
    event: RotationEvent,
    { waitUntil, signal }: Allowance,
    assertMay: (rotation: string) => Promise<void> = async () => undefined,
  ): Promise<StepTaken> {
    const { Step: step, SecretId: secretId, ClientRequestToken, RotationToken: rotationToken } = event;
    const { rotation, ports } = this.open({ secretId, ...(rotationToken && { rotationToken }) });
    await assertMay(rotation);
    const version = ClientRequestToken as VersionId;
    const { clock } = this;
    const detail = await takeStep(step, { version, ports, clock, waitUntil, signal });
    return { rotation, step, detail };
  }
}
