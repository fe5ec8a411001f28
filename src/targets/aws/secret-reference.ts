/** Where a rotation keeps its token. */
export type SecretPlace = {
  readonly store: string;
  /** A name or an ARN. */
  readonly id: string;
  readonly region: string | null;
  /** Key of the token in a secret of JSON; null: the secret is the token. */
  readonly key: string | null;
};

type Named = { readonly region: string; readonly account: string; readonly resource: string };

const ARN = /^arn:[^:]+:secretsmanager:([^:]+):([^:]*):secret:([^:]+)$/;
/** AWS ends an ARN with them: https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html */
const SUFFIX = /-[A-Za-z0-9]{6}$/;

/** Whether a name or an ARN means the secret of the rotation. The account is compared where both say one. */
export function isOurSecret(nameOrArn: string, secret: SecretPlace): boolean {
  const [there, here] = [arnIn(nameOrArn), arnIn(secret.id)];
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

function arnIn(text: string): Named | undefined {
  const [, region, account, resource] = ARN.exec(text) ?? [];
  return region === undefined || account === undefined || resource === undefined
    ? undefined
    : { region, account, resource };
}

/** With the end that AWS gave it, or without. */
function isSameResource(a: string, b: string): boolean {
  return a === b || a.replace(SUFFIX, '') === b || a === b.replace(SUFFIX, '');
}

export function placeOf({ id, region }: SecretPlace): string {
  return `secret ${id}${region === null ? '' : ` in ${region}`}`;
}
