import type { FleetOperationId } from '../../sandbox/kibana/operations.js';
import type { KibanaHandle } from '../../sandbox/kibana/index.js';
import { MANAGED_DEPLOYMENT, type Scenario, type Stage } from './scenario.js';

const PUT: FleetOperationId = 'put-package-policy';

const kibanaOf = ({ sandbox }: Pick<Stage, 'sandbox'>): KibanaHandle =>
  sandbox.deployment(MANAGED_DEPLOYMENT).kibana;

const scenarios: readonly Omit<Scenario, 'issuer'>[] = [
  {
    name: 'fleet-wrong-key',
    says: 'the key for Kibana is wrong',
    config: { wrongKey: true },
  },
  {
    name: 'fleet-forbidden',
    says: 'the role of the key may read Fleet policies, and may not edit them',
    arrange: (stage) => kibanaOf(stage).allow({ integrations: 'read' }),
  },
  {
    name: 'fleet-wrong-space',
    says: 'the config names another Kibana space than the one that shows the APM integration',
    config: { space: 'elsewhere' },
  },
  {
    name: 'fleet-two-policies',
    says: 'Kibana has two APM integrations, and the config names neither',
    arrange: (stage) => void kibanaOf(stage).addPolicy('Elastic APM 2'),
  },
  {
    name: 'fleet-no-apm-input',
    says: 'the integration policy has no APM input',
    arrange: (stage) => kibanaOf(stage).removeApmInput(),
  },
  {
    name: 'fleet-frozen',
    says: 'the token is frozen by the configuration of Kibana',
    arrange: (stage) => kibanaOf(stage).freezeToken(),
  },
  {
    name: 'fleet-secret-reference',
    says: 'Fleet holds the token as a secret and shows a reference in its place',
    arrange: (stage) => kibanaOf(stage).hideToken(),
  },
  {
    name: 'fleet-half-write',
    says: 'Kibana dies after it has saved the policy, before it has told the Elastic Agents',
    arrange: (stage) => kibanaOf(stage).dieBetweenWriteAndBump(),
  },
  {
    name: 'fleet-lost-reply',
    says: 'the reply of the save is lost on the way',
    arrange: ({ sandbox }) => void sandbox.faults.add({ operation: PUT, effect: { kind: 'reply-lost' } }),
  },
  {
    name: 'fleet-html',
    says: 'a proxy answers the save with an HTML page, after Kibana has acted on it',
    arrange: ({ sandbox }) =>
      void sandbox.faults.add({ operation: PUT, effect: { kind: 'html', status: 502, acted: true } }),
  },
  {
    name: 'fleet-errors',
    says: 'Kibana answers 503 to the first looks and 429 to the first save',
    arrange: ({ sandbox }) => {
      const effect = { kind: 'status', status: 503 } as const;
      sandbox.faults.add({ operation: 'get-package-policy', times: 2, effect });
      sandbox.faults.add({ operation: PUT, effect: { kind: 'status', status: 429, retryAfter: '1' } });
    },
  },
  {
    name: 'fleet-conflict',
    says: 'a colleague saves another token between the look and the save',
    arrange: (stage) => {
      const run = (): void => kibanaOf(stage).editToken();
      stage.sandbox.faults.add({ operation: PUT, effect: { kind: 'before-acting', run } });
    },
  },
  {
    name: 'fleet-contested',
    says: 'something puts the old token back after each save',
    arrange: (stage) => {
      const run = (): void => kibanaOf(stage).editToken(stage.tokenBefore);
      stage.sandbox.faults.add({ operation: PUT, times: Infinity, effect: { kind: 'before-reply', run } });
    },
  },
  {
    name: 'fleet-policy-refused',
    says: 'the APM Server cannot load the changed policy and stays on the old one',
    arrange: (stage) => kibanaOf(stage).failInput('error unpacking config data'),
  },
  {
    name: 'fleet-stuck-instance',
    says: 'one of three instances of the APM Server never loads the new policy',
    arrange: ({ sandbox }) => sandbox.deployment(MANAGED_DEPLOYMENT).pinInstance(2),
  },
  {
    name: 'fleet-killed',
    says: 'Rotor is killed (SIGKILL) after the save and before it knows of it, then started again',
    arrange: ({ sandbox, daemon }) => {
      const run = async () => daemon.killAndRestart();
      sandbox.faults.add({ operation: PUT, effect: { kind: 'before-reply', run } });
    },
  },
];

/** An APM Server that Elastic Agent manages, whose token lives in Kibana Fleet. */
export const fleetScenarios: readonly Scenario[] = scenarios.map((scenario) => ({
  ...scenario,
  issuer: 'fleet',
}));
