import type { AwsSecretsManagerConfig } from './config.js';

type Identity = Pick<AwsSecretsManagerConfig, 'secretId' | 'region'>;

const ARN = /^arn:[^:]+:secretsmanager:([^:]+):[^:]+:secret:(.+)$/;

/** undefined: the SDK's own chain decides (AWS_REGION, profile). */
export function regionOf({ secretId, region }: Identity): string | undefined {
  return region ?? ARN.exec(secretId)?.[1];
}

/**
 * One key for one secret, by name and by ARN alike: AWS ends an ARN in a hyphen and six characters of its own
 * (https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html). The account is left out, as a
 * name does not tell it. The JSON key is left out as well: a version holds the whole value, so two rotations of two
 * keys in one secret would still overwrite each other's when they are promoted.
 */
export function storeKey(identity: Identity): string {
  return `aws-secrets-manager:${regionOf(identity) ?? 'default'}:${nameOfSecret(identity)}`;
}

/** The name that an ARN holds, without the end that AWS gave it. */
export function nameOfSecret({ secretId }: Identity): string {
  return ARN.exec(secretId)?.[2]?.replace(/-[A-Za-z0-9]{6}$/, '') ?? secretId;
}

/** For a person. */
export function placeOf(identity: Identity): string {
  const region = regionOf(identity);
  return `secret ${identity.secretId}${region === undefined ? '' : ` in ${region}`}`;
}
