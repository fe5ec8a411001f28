import type { Answers } from './answers.js';

/** What has to be there besides the config. */
export type Needs = {
  readonly environment: readonly { readonly name: string; readonly what: string }[];
  /** For whom Rotor asks AWS as. */
  readonly awsPolicy: object;
  /** Of the target. */
  readonly alsoSee: readonly string[];
};

/** The same as docs/aws-secrets-manager.md has. */
const ACTIONS = [
  'secretsmanager:DescribeSecret',
  'secretsmanager:GetSecretValue',
  'secretsmanager:PutSecretValue',
  'secretsmanager:UpdateSecretVersionStage',
  'secretsmanager:ListSecretVersionIds',
  'secretsmanager:GetResourcePolicy',
] as const;

const PERMISSIONS: Readonly<Record<string, readonly string[]>> = {
  ecs: ['rotor emit iam: what Rotor has to be allowed in ECS (docs/targets/ecs.md)'],
  lambda: ['rotor emit iam: what Rotor has to be allowed in Lambda (docs/targets/lambda.md)'],
  kubernetes: ['rotor emit rbac: the role of Rotor in the cluster (docs/targets/kubernetes.md)'],
  webhook: ['docs/webhooks.md: a receiver that verifies what Rotor has signed'],
};

const SIGNING = 'signs what is sent: echo "whsec_$(openssl rand -base64 32)"';

export function needsOf({ issuer, secretId = '', region, target = '', notifyUrl }: Answers): Needs {
  const environment = [
    issuer !== 'fleet' && {
      name: 'EC_API_KEY',
      what: 'API key of the Elastic Cloud organization that may read the deployment with its plan and reset its APM token',
    },
    issuer !== 'elastic-cloud' && {
      name: 'KIBANA_API_KEY',
      what:
        'API key of the Elasticsearch of that Kibana with Fleet > Agent policies: All and Integrations: All, and ' +
        'Fleet > Agents: Read to show progress (docs/which-issuer.md)',
    },
    target === 'webhook' && { name: 'TARGET_HOOK_SECRET', what: SIGNING },
    notifyUrl !== undefined && { name: 'HOOK_SECRET', what: SIGNING },
  ].filter((one) => one !== false);
  return { environment, awsPolicy: policyOf(secretId, region), alsoSee: PERMISSIONS[target] ?? [] };
}

function policyOf(secretId: string, region = 'REGION'): object {
  const Resource = secretId.startsWith('arn:')
    ? secretId
    : `arn:aws:secretsmanager:${region}:ACCOUNT:secret:${secretId}-*`;
  // Of a secret that is not there yet, Rotor makes it.
  const Action = [...ACTIONS, 'secretsmanager:CreateSecret'];
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] };
}
