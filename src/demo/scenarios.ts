import type { Sandbox } from '../sandbox/sandbox.js';
import type { SecretsManager } from '../sandbox/secrets-manager/index.js';
import type { Daemon } from './daemon.js';

/** What a scenario may reach for: the world, never the service's insides. */
export type Stage = {
  readonly sandbox: Sandbox;
  readonly secrets: SecretsManager;
  readonly daemon: Daemon;
  readonly secretId: string;
};

export type Scenario = {
  readonly name: string;
  /** What goes wrong, for people. */
  readonly says: string;
  /** Parts of the config that differ from the working one. */
  readonly config?: {
    readonly deployment?: string;
    readonly brokenReload?: boolean;
    readonly wrongKey?: boolean;
  };
  /** Arranged before the run starts; what it returns goes on beside the run and ends with it. */
  readonly arrange?: (stage: Stage) => void | Promise<void>;
};

export const DEPLOYMENT = 'checkout-prod';
export const MANAGED_DEPLOYMENT = 'search-prod';
const RESET = 'deployment-apm-reset-secret-token';

/** Everything that `--fault` can break. */
export const scenarios: readonly Scenario[] = [
  {
    name: 'wrong-key',
    says: 'the API key of the cloud is wrong',
    config: { wrongKey: true },
  },
  {
    name: 'unknown-deployment',
    says: 'the config names a deployment that does not exist',
    config: { deployment: 'checkout-pord' },
  },
  {
    name: 'managed-apm',
    says: 'the APM Server is managed by Elastic Agent, where the Cloud API cannot reset the token',
    config: { deployment: MANAGED_DEPLOYMENT },
  },
  {
    name: 'pending-plan',
    says: 'another change of the deployment is pending and stays so',
    arrange: ({ sandbox }) => {
      sandbox.deployment(DEPLOYMENT).holdPlanPending();
      sandbox.deployment(DEPLOYMENT).resetByColleague();
    },
  },
  {
    name: 'failed-plan',
    says: 'the plan that should apply the new token fails',
    arrange: ({ sandbox }) => sandbox.deployment(DEPLOYMENT).failNextPlan(),
  },
  {
    name: 'lost-reply',
    says: 'the reply of the reset, with the new token in it, is lost on the way',
    arrange: ({ sandbox }) => void sandbox.faults.add({ operation: RESET, effect: { kind: 'reply-lost' } }),
  },
  {
    name: 'html-reply',
    says: 'a proxy answers the reset with an HTML page, after the cloud has acted on it',
    arrange: ({ sandbox }) => {
      sandbox.faults.add({ operation: RESET, effect: { kind: 'html', status: 502, acted: true } });
    },
  },
  {
    name: 'rate-limited',
    says: 'the cloud answers 429 to the first looks and to the first reset',
    arrange: ({ sandbox }) => {
      const effect = { kind: 'status', status: 429, retryAfter: '1' } as const;
      sandbox.faults.add({ operation: 'get-deployment', times: 2, effect });
      sandbox.faults.add({ operation: RESET, effect });
    },
  },
  {
    name: 'store-denied',
    says: 'AWS refuses to let Rotor write to the secret',
    arrange: ({ secrets }) => {
      secrets.faults.inject('PutSecretValue', { effect: 'error', type: 'AccessDeniedException' }, Infinity);
    },
  },
  {
    name: 'store-moved',
    says: 'somebody else puts another value into the secret in mid-run',
    arrange: ({ sandbox, secrets, secretId }) => {
      void sandbox.ledger
        .waitFor((entry) => entry.kind === 'plan.applied')
        .then(() => secrets.moveLabelBySomeoneElse(secretId), ignore);
    },
  },
  {
    name: 'open-authentication',
    says: 'the APM Server accepts any token',
    arrange: ({ sandbox }) => sandbox.deployment(DEPLOYMENT).openAuthentication(),
  },
  {
    name: 'stuck-instance',
    says: 'one of three instances of the APM Server stays on the old token',
    arrange: ({ sandbox }) => sandbox.deployment(DEPLOYMENT).pinInstance(2),
  },
  {
    name: 'colleague-reset',
    says: 'a colleague resets the token in the console in mid-run',
    arrange: ({ sandbox }) => {
      void sandbox.ledger
        .waitFor((entry) => entry.kind === 'plan.applied')
        .then(() => sandbox.deployment(DEPLOYMENT).resetByColleague(), ignore);
    },
  },
  {
    name: 'reload-fails',
    says: 'the reload command of one target fails each time',
    config: { brokenReload: true },
  },
  {
    name: 'killed',
    says: 'Rotor is killed (SIGKILL) after the reset and before its token is stored, then started again',
    arrange: ({ sandbox, daemon }) => {
      const run = async () => daemon.killAndRestart();
      sandbox.faults.add({ operation: RESET, effect: { kind: 'before-reply', run } });
    },
  },
];

/** The world was closed before the moment came: the run had ended in another way. */
function ignore(): void {}
