/** What the config does not say of an ARN: the account is no part of it, and the region may be left to the SDK. */
export type Around = { readonly account: string; readonly region: string };

/** Anything, in the ARN of a policy. */
export const ANY = '*';

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

export function arn(service: string, { region, account }: Around, resource: string): string {
  return `arn:${partitionOf(region)}:${service}:${region}:${account}:${resource}`;
}

/** What is an ARN already stays as it is. */
export function asArn(nameOrArn: string, makeArn: (name: string) => string): string {
  return nameOrArn.startsWith('arn:') ? nameOrArn : makeArn(nameOrArn);
}

export function accountIn(someArn: string | undefined): string | undefined {
  return /^arn:[^:]+:[^:]+:[^:]*:(\d{12}):/.exec(someArn ?? '')?.[1];
}
