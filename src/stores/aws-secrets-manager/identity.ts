import { secretArnIn, secretPlace, withoutSuffix } from '../../aws/secret-arn.js';
import type { AwsSecretsManagerConfig } from './config.js';

type Identity = Pick<AwsSecretsManagerConfig, 'secretId' | 'region'>;

/** undefined: the SDK's own chain decides (AWS_REGION, profile). */
export function regionOf({ secretId, region }: Identity): string | undefined {
  return region ?? secretArnIn(secretId)?.region;
}

/**
 * One key for one secret, by name and by ARN alike. The account is left out, as a name does not tell it. The JSON key is
 * left out as well: a version holds the whole value, so two rotations of two keys in one secret would still overwrite
 * each other's when they are promoted.
 */
export function storeKey(identity: Identity): string {
  return `aws-secrets-manager:${regionOf(identity) ?? 'default'}:${nameOfSecret(identity)}`;
}

/** The name that an ARN holds, without the end that AWS gave it. */
export function nameOfSecret({ secretId }: Identity): string {
  const arn = secretArnIn(secretId);
  return arn === undefined ? secretId : withoutSuffix(arn.resource);
}

/** For a person. */
export function placeOf(identity: Identity): string {
  return secretPlace(identity.secretId, regionOf(identity));
}
