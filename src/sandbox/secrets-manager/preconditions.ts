import { AwsError } from './aws-error.js';
import type { Inputs } from './inputs.js';
import { CURRENT, holderOf } from './labels.js';
import { isEmpty, type Secrets, type StoredSecret, type Value, type Version } from './secrets.js';

export function requested(secret: StoredSecret, input: Inputs['GetSecretValue']): Version {
  const { VersionId, VersionStage } = input;
  const version =
    VersionId === undefined
      ? holderOf(secret.versions, VersionStage ?? CURRENT)
      : secret.versions.get(VersionId);
  if (version === undefined || isEmpty(version)) {
    const sought =
      VersionId === undefined ? `staging label: ${VersionStage ?? CURRENT}` : `VersionId: ${VersionId}`;
    throw new AwsError(
      'ResourceNotFoundException',
      `Secrets Manager can't find the specified secret value for ${sought}`,
    );
  }
  if (VersionId !== undefined && VersionStage !== undefined && !version.labels.has(VersionStage)) {
    throw new AwsError(
      'InvalidRequestException',
      'You provided a VersionStage that is not associated to the provided VersionId.',
    );
  }
  return version;
}

export function writable(secrets: Secrets, secretId: string, region: string): StoredSecret {
  const secret = notDeleted(present(secrets.find(secretId)));
  if (secret.primaryRegion === undefined || secret.primaryRegion === region) return secret;
  throw new AwsError(
    'InvalidRequestException',
    "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
  );
}

export function present(secret: StoredSecret | undefined): StoredSecret {
  if (secret !== undefined) return secret;
  throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
}

export function notDeleted(secret: StoredSecret): StoredSecret {
  if (secret.deletedAt === undefined) return secret;
  throw new AwsError(
    'InvalidRequestException',
    "You can't perform this operation on the secret because it was marked for deletion.",
  );
}

export function valueOf(input: {
  SecretString?: string | undefined;
  SecretBinary?: string | undefined;
}): Value | undefined {
  if (input.SecretString !== undefined && input.SecretBinary !== undefined) {
    throw new AwsError(
      'InvalidParameterException',
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    );
  }
  if (input.SecretString !== undefined) return { text: input.SecretString };
  return input.SecretBinary === undefined ? undefined : { binary: input.SecretBinary };
}
