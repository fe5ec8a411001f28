import type { Config } from '../../config/index.js';
import { policiesOf } from '../emit/iam.js';
import type { Answers } from './answers.js';

/** What has to be there besides the config. */
export type Needs = {
  readonly environment: readonly { readonly name: string; readonly what: string }[];
  /** For whom Rotor asks AWS as; what `rotor emit iam` prints. */
  readonly awsPolicy: object;
  /** Of the target. */
  readonly alsoSee: readonly string[];
};

const PERMISSIONS: Readonly<Record<string, readonly string[]>> = {
  kubernetes: ['rotor emit rbac: the role of Rotor in the cluster (docs/targets/kubernetes.md)'],
  webhook: ['docs/webhooks.md: a receiver that verifies what Rotor has signed'],
};

const SIGNING = 'signs what is sent: echo "whsec_$(openssl rand -base64 32)"';

/** `config` is what the answers have become. */
export function needsOf(
  { issuer, target = '', notifyUrl }: Answers,
  config: Pick<Config, 'rotations'>,
): Needs {
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
  // A first config has no role to take on: Rotor asks as one identity.
  const [awsPolicy = {}] = policiesOf(config, { region: process.env['AWS_REGION'] }).values();
  return { environment, awsPolicy, alsoSee: PERMISSIONS[target] ?? [] };
}
