import { AwsError } from './aws-error.js';
import type { StoredSecret } from './secrets.js';

/** What becomes of replicas from now on: how long each change takes to get there, or why it never does. */
export type Replication = { readonly ms: number } | { readonly failed: string };

type Status = {
  readonly Region: string;
  readonly KmsKeyId: string;
  readonly Status: 'InSync' | 'InProgress' | 'Failed';
  readonly StatusMessage?: string;
};

/**
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ReplicateSecretToRegions.html: a Region that has a
 * replica keeps it; the Region of the secret itself can have none.
 */
export function replicate(secret: StoredSecret, regions: readonly string[]): void {
  const own = secret.arn.split(':')[3];
  if (own !== undefined && regions.includes(own)) {
    throw new AwsError('InvalidParameterException', `Invalid replica region: ${own}.`);
  }
  for (const region of regions) {
    if (!secret.replicas.has(region)) secret.replicas.set(region, Date.now());
  }
}

/**
 * AWS documents the status for the making of a replica alone; here a later change of the secret is on its way for as
 * long, which is the harder of the two to wait for.
 */
export function replicationStatus(
  { replicas, changedAt }: StoredSecret,
  replication: Replication,
): Status[] | undefined {
  if (replicas.size === 0) return undefined;
  return [...replicas].map(([Region, since]) => {
    const about = { Region, KmsKeyId: 'alias/aws/secretsmanager' };
    if ('failed' in replication) return { ...about, Status: 'Failed', StatusMessage: replication.failed };
    const isDone = Date.now() >= Math.max(since, changedAt) + replication.ms;
    return { ...about, Status: isDone ? 'InSync' : 'InProgress' };
  });
}
