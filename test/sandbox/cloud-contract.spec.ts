import { afterAll, beforeAll, describe, it, expect } from '@jest/globals';
import { join } from 'node:path';
import { CLOUD_OPERATIONS, type CloudOperationId } from '../../src/sandbox/cloud-api/operations.js';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import { cloud, type Call } from './client.js';
import { createSwagger } from './swagger.js';

const folder = process.env['CONTRACTS_DIR'];
if (folder === undefined)
  console.warn('SKIPPED: set CONTRACTS_DIR to the folder of elastic-cloud-hosted.swagger.json');
const suite = folder === undefined ? describe.skip : describe;
const ALL = 'show_plan_logs=true&show_plan_history=true';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ timings: { planMs: 5, flickerMs: 0, switchSpreadMs: 5 } });
});
afterAll(async () => sandbox.close());

type Case = readonly [operationId: CloudOperationId, status: number, call: () => readonly [string, Call?]];

const id = (name: string): string => sandbox.deployment(name).id;
const post: Call = { method: 'POST' };
const stranger: Call = { headers: { authorization: 'ApiKey none' } };

const CASES: readonly Case[] = [
  ['list-deployments', 200, () => ['/deployments']],
  ['list-deployments', 401, () => ['/deployments', stranger]],
  ['search-deployments', 200, () => ['/deployments/_search', post]],
  ['search-deployments', 200, () => ['/deployments/_search?minimal_metadata=id', post]],
  [
    'deployment-apm-reset-secret-token',
    202,
    () => [`/deployments/${id('checkout-prod')}/apm/_main/_reset-token`, post],
  ],
  ['get-deployment', 200, () => [`/deployments/${id('checkout-prod')}?${ALL}`]],
  ['get-deployment', 200, () => [`/deployments/${id('checkout-prod')}?show_plans=false`]],
  ['get-deployment', 200, () => [`/deployments/${id('search-prod')}?${ALL}`]],
  ['get-deployment', 401, () => [`/deployments/${id('search-prod')}`, stranger]],
  ['get-deployment', 404, () => ['/deployments/absent']],
  [
    'get-deployment-apm-resource-info',
    200,
    () => [`/deployments/${id('checkout-prod')}/apm/main-apm?${ALL}`],
  ],
  ['get-deployment-apm-resource-info', 404, () => [`/deployments/${id('checkout-prod')}/apm/other`]],
  [
    'get-deployment-integrations-server-resource-info',
    200,
    () => [`/deployments/${id('search-prod')}/integrations_server/_main?${ALL}`],
  ],
  [
    'get-deployment-integrations-server-resource-info',
    404,
    () => ['/deployments/absent/integrations_server/_main'],
  ],
  [
    'deployment-apm-reset-secret-token',
    400,
    () => [`/deployments/${id('billing-staging')}/apm/_main/_reset-token`, post],
  ],
  ['deployment-apm-reset-secret-token', 404, () => ['/deployments/absent/apm/_main/_reset-token', post]],
];

describe('the table of operations', () => {
  it('has a case here for each documented status', () => {
    const covered = new Set(CASES.map(([operationId, status]) => `${operationId} ${status}`));
    const claimed = CLOUD_OPERATIONS.flatMap(({ operationId, statuses }) =>
      statuses.map((status) => `${operationId} ${status}`),
    );
    expect([...covered].toSorted()).toEqual(claimed.toSorted());
  });
});

suite(
  `answers of the Cloud API against Elastic's swagger (needs CONTRACTS_DIR, the folder that holds it)`,
  () => {
    const swagger =
      folder === undefined ? undefined : createSwagger(join(folder, 'elastic-cloud-hosted.swagger.json'));

    const check = async ([operationId, status, call]: Case): Promise<unknown> => {
      const answer = await cloud(sandbox, ...call());
      return { status: answer.status, errors: swagger?.errorsOf(operationId, status, answer.json()) };
    };

    it.each(CASES)('%s %i', async (operationId, status, call) => {
      expect(await check([operationId, status, call])).toEqual({ status, errors: [] });
    });

    it.each(['plan.applied', 'plan.failed'] as const)('after a plan ended: %s', async (kind) => {
      const handle = sandbox.deployment('checkout-prod');
      await sandbox.ledger.waitFor(() => handle.pendingToken() === undefined);
      if (kind === 'plan.failed') handle.failNextPlan();
      handle.resetByColleague();
      await sandbox.ledger.waitFor((entry) => entry.kind === kind);
      const outcome = await check(['get-deployment', 200, () => [`/deployments/${handle.id}?${ALL}`]]);
      expect(outcome).toEqual({ status: 200, errors: [] });
    });
  },
);
