import { randomUUID } from 'node:crypto';
import { AwsError } from './aws-error.js';
import type { Inputs } from './inputs.js';
import { attach, CURRENT, holderOf, PENDING } from './labels.js';
import type { StoredSecret } from './secrets.js';

/**
 * Turns the rotation of a secret on and announces the next version, empty and with AWSPENDING; who calls the rotation
 * function is the caller's affair. Returns the id of the version.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
 */
export function announce(secret: StoredSecret, input: Inputs['RotateSecret']): string {
  const arn = input.RotationLambdaARN ?? secret.rotationLambdaArn;
  if (arn === undefined) {
    throw new AwsError(
      'InvalidRequestException',
      'No Lambda rotation function ARN is associated with this secret.',
    );
  }
  assertNoneUnderWay(secret);
  secret.rotationEnabled = true;
  secret.rotationLambdaArn = arn;
  const id = input.ClientRequestToken ?? randomUUID();
  const version = secret.versions.get(id) ?? { id, createdAt: Date.now(), labels: new Set<string>() };
  secret.versions.set(id, version);
  attach(secret.versions, PENDING, version);
  secret.changedAt = Date.now();
  return id;
}

function assertNoneUnderWay({ versions }: StoredSecret): void {
  const pending = holderOf(versions, PENDING);
  if (pending === undefined || pending.labels.has(CURRENT)) return;
  throw new AwsError(
    'InvalidRequestException',
    "A previous rotation isn't complete. That rotation will be reattempted.",
  );
}
