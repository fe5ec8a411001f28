/** Of a secret in AWS Secrets Manager. */
export type SecretArn = {
  readonly region: string;
  readonly account: string;
  /** Its name, with the end that AWS gave it. */
  readonly resource: string;
};

const ARN = /^arn:[^:]+:secretsmanager:([^:]+):([^:]*):secret:(.+)$/;
/** A hyphen and six characters: https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html */
const SUFFIX = /-[A-Za-z0-9]{6}$/;

/** undefined: the text is a name, or something else. */
export function secretArnIn(text: string): SecretArn | undefined {
  const [, region, account, resource] = ARN.exec(text) ?? [];
  return region === undefined || account === undefined || resource === undefined
    ? undefined
    : { region, account, resource };
}

/** The name of a secret, from what an ARN ends in. */
export function withoutSuffix(resource: string): string {
  return resource.replace(SUFFIX, '');
}

/** For a person. */
export function secretPlace(nameOrArn: string, region: string | null | undefined): string {
  return `secret ${nameOrArn}${region == null ? '' : ` in ${region}`}`;
}
