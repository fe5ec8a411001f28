import { secretArnIn, secretPlace, withoutSuffix } from '../../aws/secret-arn.js';

/** Where a rotation keeps its token. */
export type SecretPlace = {
  readonly store: string;
  /** A name or an ARN. */
  readonly id: string;
  readonly region: string | null;
  /** Key of the token in a secret of JSON; null: the secret is the token. */
  readonly key: string | null;
};

/** Whether a name or an ARN means the secret of the rotation. The account is compared where both say one. */
export function isOurSecret(nameOrArn: string, secret: SecretPlace): boolean {
  const [there, here] = [secretArnIn(nameOrArn), secretArnIn(secret.id)];
  if (there && here) {
    return (
      there.region === here.region &&
      there.account === here.account &&
      isSameResource(there.resource, here.resource)
    );
  }
  const region = there?.region ?? here?.region;
  if (region !== undefined && secret.region !== null && region !== secret.region) return false;
  const [name, other] = [there?.resource ?? nameOrArn, here?.resource ?? secret.id];
  return isSameResource(name, other);
}

/** With the end that AWS gave it, or without. */
function isSameResource(a: string, b: string): boolean {
  return a === b || withoutSuffix(a) === b || a === withoutSuffix(b);
}

export function placeOf({ id, region }: SecretPlace): string {
  return secretPlace(id, region);
}
