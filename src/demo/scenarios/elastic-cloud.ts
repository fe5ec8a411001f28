import { DEPLOYMENT, MANAGED_DEPLOYMENT, when, type Scenario } from './scenario.js';

const RESET = 'deployment-apm-reset-secret-token';

/** A standalone APM Server, whose token the Cloud API resets. */
export const elasticCloudScenarios: readonly Scenario[] = [
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
    config: { deployment: MANAGED_DEPLOYMENT, issuer: 'elastic-cloud' },
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
      when(sandbox, 'plan.applied', () => secrets.moveLabelBySomeoneElse(secretId));
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
      when(sandbox, 'plan.applied', () => sandbox.deployment(DEPLOYMENT).resetByColleague());
    },
  },
  {
    name: 'mode-change',
    says: 'the reply of the reset is lost, and the APM Server comes to be managed by Elastic Agent in mid-run',
    arrange: ({ sandbox }) => {
      sandbox.faults.add({ operation: RESET, effect: { kind: 'reply-lost' } });
      when(sandbox, 'plan.applied', () => sandbox.deployment(DEPLOYMENT).switchToManaged());
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
