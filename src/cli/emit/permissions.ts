import { RotorError } from '../../rotation/errors.js';
import { printData, printNote } from '../print.js';
import { ANY } from './arns.js';
import { configOf, type Of } from './config-of.js';
import { OWN, policiesOf, type Policy } from './iam.js';
import { clustersOf } from './rbac.js';

export type IamOptions = Of & { readonly account?: string; readonly region?: string; readonly for?: string };
export type RbacOptions = Of & {
  readonly context?: string;
  readonly namespace: string;
  readonly serviceAccount: string;
};

/** Prints the policy of one identity, as `aws iam put-role-policy` takes it. */
export function emitIam({ for: wanted, account, region, ...options }: IamOptions): number {
  if (account !== undefined && !/^\d{12}$/.test(account))
    throw new RotorError('request_invalid', `--account: found "${account}", expected 12 digits`);
  const policies = policiesOf(configOf(options), { account, region: region ?? process.env['AWS_REGION'] });
  const names = [...policies.keys()];
  const [only] = names;
  const identity = wanted ?? (names.length === 1 ? only : undefined);
  const policy = policies.get(identity ?? '');
  if (!policy) {
    const found = wanted === undefined ? 'several identities ask AWS' : `found "${wanted}"`;
    throw new RotorError('request_invalid', `--for: ${found}; expected one of ${names.join(', ')}`, {
      hint: `Each has a policy of its own; ${OWN} is what the SDK of AWS finds by itself.`,
    });
  }
  printData(JSON.stringify(policy, undefined, 2));
  if (isOpen(policy))
    printNote(
      'an account or a region that the config does not say is * there; --account and --region narrow it',
    );
  return 0;
}

/** Prints the manifests of one cluster, as `kubectl apply -f -` takes them. */
export async function emitRbac(options: RbacOptions): Promise<number> {
  const { context, namespace, serviceAccount } = options;
  const clusters = clustersOf(configOf(options), { namespace, serviceAccount });
  if (clusters.length === 0)
    throw new RotorError('not_found', 'no rotation of the config has a target of type kubernetes');
  const known = clusters.map((one) => one.context ?? 'current');
  const cluster = clusters.length === 1 ? clusters[0] : clusters[known.indexOf(context ?? '')];
  if (!cluster || (context !== undefined && !known.includes(context)))
    throw new RotorError(
      'request_invalid',
      `--context: found ${context === undefined ? 'none' : `"${context}"`}, expected one of ${known.join(', ')}`,
      { hint: 'Each cluster has manifests of its own.' },
    );
  const { stringify } = await import('yaml');
  printData(cluster.manifests.map((one) => stringify(one).trimEnd()).join('\n---\n'));
  return 0;
}

function isOpen({ Statement }: Policy): boolean {
  return Statement.flatMap(({ Resource }) => Resource).some((one) =>
    one.split(':').slice(3, 5).includes(ANY),
  );
}
