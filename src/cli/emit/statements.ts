import { secretArnIn } from '../../aws/secret-arn.js';
import type { RotationConfig, TargetConfig } from '../../config/index.js';
import { arn, asArn, type Around } from './arns.js';

/** Of an identity-based policy of IAM. */
export type Statement = {
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[] | string>>>>;
};

type Store = RotationConfig['store'];
type Target<Type extends TargetConfig['type']> = Extract<TargetConfig, { readonly type: Type }>;

const allow = (
  Action: readonly string[],
  Resource: readonly string[],
  Condition?: Statement['Condition'],
): Statement => ({ Effect: 'Allow', Action, Resource, ...(Condition && { Condition }) });

/** The end of six characters that AWS gives an ARN; no secret of a longer name is meant. */
const SUFFIX = '-??????';

/** A secret that an ARN names is there already; under a name it may have to be made, and Rotor tags what it makes. */
export function statementsOfStore(store: Store, around: Around): Statement[] {
  const { secretId, kmsKeyId, tags, replicaRegions, drivenBy } = store;
  const isName = secretArnIn(secretId) === undefined;
  const isMade = isName && drivenBy === undefined;
  const actions = [
    'DescribeSecret',
    'GetSecretValue',
    'PutSecretValue',
    'UpdateSecretVersionStage',
    'ListSecretVersionIds',
    'GetResourcePolicy',
    ...(isMade ? ['CreateSecret'] : []),
    ...(isMade || tags ? ['TagResource'] : []),
    ...(replicaRegions ? ['ReplicateSecretToRegions'] : []),
  ].map((action) => `secretsmanager:${action}`);
  const secret = asArn(secretId, (name) => arn('secretsmanager', around, `secret:${name}${SUFFIX}`));
  return [allow(actions, [secret]), ...(kmsKeyId === undefined ? [] : [statementOfKey(kmsKeyId, around)])];
}

/**
 * An alias is no resource of a policy, but a condition on the key behind it
 * (https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html).
 */
function statementOfKey(kmsKeyId: string, around: Around): Statement {
  const alias = /(?:^|:)(alias\/.+)$/.exec(kmsKeyId)?.[1];
  const key = alias === undefined ? kmsKeyId : 'key/*';
  const resource =
    alias === undefined ? asArn(key, (id) => arn('kms', around, `key/${id}`)) : arn('kms', around, key);
  return allow(['kms:Decrypt', 'kms:GenerateDataKey'], [resource], {
    StringLike: { 'kms:ViaService': `secretsmanager.${around.region}.amazonaws.com` },
    ...(alias !== undefined && { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [alias] } }),
  });
}

export function statementsOfTarget(target: TargetConfig, around: Around): Statement[] {
  switch (target.type) {
    case 'ecs':
      return statementsOfEcs(target, around);
    case 'lambda':
      return statementsOfLambda(target, around);
    case 'ssm-run-command':
      return statementsOfSsm(target, around);
    case 'file':
    case 'kubernetes':
    case 'webhook':
      return [];
  }
}

function statementsOfEcs({ cluster, services }: Target<'ecs'>, around: Around): Statement[] {
  const name = cluster.split('/').at(-1) ?? cluster;
  const clusterArn = asArn(cluster, () => arn('ecs', around, `cluster/${name}`));
  const arns = services.map((one) => asArn(one, () => arn('ecs', around, `service/${name}/${one}`)));
  return [
    allow(['ecs:DescribeServices', 'ecs:UpdateService'], arns),
    allow(['ecs:TagResource'], arns, { 'ForAllValues:StringLike': { 'aws:TagKeys': 'rotor:*' } }),
    allow(['ecs:ListTasks', 'ecs:DescribeTasks'], ['*'], { ArnEquals: { 'ecs:cluster': [clusterArn] } }),
    // Has no permission for single resources.
    allow(['ecs:DescribeTaskDefinition'], ['*']),
  ];
}

/** So many are read one by one, of more a list; see `listing.ts` of the target. */
const FEW_FUNCTIONS = 20;

function statementsOfLambda({ functions, alias }: Target<'lambda'>, around: Around): Statement[] {
  const isListed = functions.length > FEW_FUNCTIONS || functions.some((name) => name.includes('*'));
  const actions = [
    'GetFunctionConfiguration',
    'UpdateFunctionConfiguration',
    'ListAliases',
    ...(alias === undefined
      ? []
      : ['PublishVersion', 'GetAlias', 'UpdateAlias', 'GetProvisionedConcurrencyConfig']),
    ...(isListed ? ['GetFunction'] : []),
  ].map((action) => `lambda:${action}`);
  // With a version or an alias the resource ends in it.
  const arns = functions.flatMap((one) => {
    const whole = asArn(one, (name) => arn('lambda', around, `function:${name}`));
    return [whole, `${whole}:*`];
  });
  return [allow(actions, arns), ...(isListed ? [allow(['lambda:ListFunctions'], ['*'])] : [])];
}

function statementsOfSsm({ document, instanceIds, targets }: Target<'ssm-run-command'>, around: Around) {
  // A document of AWS belongs to no account.
  const owner = /^(aws|amazon|amzn)/i.test(document) ? { ...around, account: '' } : around;
  const documentArn = asArn(document, (name) => arn('ssm', owner, `document/${name}`));
  return [
    allow(['ssm:SendCommand', 'ssm:DescribeDocument'], [documentArn]),
    statementOfHosts(instanceIds, targets, around),
    allow(['ssm:ListCommands', 'ssm:ListCommandInvocations', 'ssm:DescribeInstanceInformation'], ['*']),
  ];
}

function statementOfHosts(
  instanceIds: readonly string[] = [],
  tags: Target<'ssm-run-command'>['targets'],
  around: Around,
): Statement {
  const host = (id: string): string =>
    id.startsWith('mi-')
      ? arn('ssm', around, `managed-instance/${id}`)
      : arn('ec2', around, `instance/${id}`);
  if (!tags) return allow(['ssm:SendCommand'], instanceIds.map(host));
  const conditions = Object.entries(tags).map(([key, values]) => [
    `ssm:resourceTag/${key.replace(/^tag:/, '')}`,
    values,
  ]);
  return allow(['ssm:SendCommand'], ['*', 'mi-*'].map(host), {
    StringEquals: Object.fromEntries(conditions) as Record<string, readonly string[]>,
  });
}
