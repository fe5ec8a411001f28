import { createHttpsAgent } from '../../src/http/agent.js';
import { createHttpClient, type HttpClient } from '../../src/http/client.js';
import { createElasticCloudIssuer } from '../../src/issuers/elastic-cloud/index.js';
import type { ResourceSelect } from '../../src/issuers/select.js';
import type { ResettableIssuer } from '../../src/issuers/issuer.js';
import { Secret } from '../../src/rotation/secret.js';
import { createAuthority } from '../../src/sandbox/certificates.js';
import type { FaultEffect } from '../../src/sandbox/faults.js';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.js';
import type { ResettableHarness } from '../contracts/issuer-kinds.contract.js';

const authority = await createAuthority();

/** Reads are repeated without noticeable waits, and not for long. */
export const QUICK_RETRY = { deadlineMs: 250, backoff: { baseMs: 1, capMs: 2 } };
export const RESET = 'deployment-apm-reset-secret-token';

export const DEPLOYMENTS: NonNullable<SandboxOptions['deployments']> = [
  {
    name: 'checkout-prod',
    kind: 'apm',
    mode: 'standalone',
    tags: { env: 'prod', team: 'checkout' },
    instances: 1,
  },
  {
    name: 'ledger-prod',
    kind: 'apm',
    mode: 'standalone',
    refId: 'ledger_apm',
    tags: { env: 'prod' },
    instances: 1,
  },
  { name: 'legacy', kind: 'apm', mode: 'standalone', version: '7.17.28', instances: 1 },
  { name: 'twin', kind: 'apm', mode: 'standalone', instances: 1 },
  { name: 'twin', kind: 'apm', mode: 'standalone', instances: 1 },
  { name: 'asleep', kind: 'apm', mode: 'standalone', status: 'stopped', instances: 1 },
  { name: 'search-prod', kind: 'integrations_server', mode: 'managed', tags: { env: 'prod' }, instances: 1 },
  { name: 'billing-staging', kind: 'apm', mode: 'managed', tags: { env: 'staging' }, instances: 1 },
];

export type CloudWorld = {
  readonly sandbox: Sandbox;
  readonly http: HttpClient;
  issuer(select: ResourceSelect): ResettableIssuer;
  fault(
    operation: Parameters<Sandbox['faults']['add']>[0]['operation'],
    effect: FaultEffect,
    times?: number,
  ): void;
  /** Operation ids of all requests so far. */
  requests(): string[];
  resets(): number;
  close(): Promise<void>;
};

export async function startCloudWorld(options: SandboxOptions = {}): Promise<CloudWorld> {
  const sandbox = await startSandbox({
    deployments: DEPLOYMENTS,
    authority,
    timings: { planMs: 1, flickerMs: 0, switchSpreadMs: 0 },
    ...options,
  });
  const http = createHttpClient({
    baseUrl: `${sandbox.cloud.url}/api/v1`,
    agent: createHttpsAgent({ caPem: sandbox.caPem }),
    authorization: { scheme: 'ApiKey', credential: new Secret(sandbox.cloud.apiKey) },
  });
  return {
    sandbox,
    http,
    issuer: (select) => createElasticCloudIssuer({ select }, { http, retry: QUICK_RETRY }),
    fault: (operation, effect, times = 1) => void sandbox.faults.add({ operation, effect, times }),
    requests: () => sandbox.ledger.of('cloud.request').map(({ operationId }) => operationId),
    resets: () => sandbox.ledger.of('token.reset').length,
    close: async () => sandbox.close(),
  };
}

/** Every way in which the sandbox can spoil a reset. */
export const RESET_FAULTS: readonly (readonly [name: string, effect: FaultEffect])[] = [
  ['cut before it acts', { kind: 'drop-before' }],
  ['reply lost', { kind: 'reply-lost' }],
  ['401', { kind: 'status', status: 401 }],
  ['403', { kind: 'status', status: 403 }],
  ['404', { kind: 'status', status: 404 }],
  ['429', { kind: 'status', status: 429, retryAfter: '7' }],
  ['449', { kind: 'status', status: 449 }],
  ['500', { kind: 'status', status: 500 }],
  ['500 after it acted', { kind: 'status', status: 500, acted: true }],
  ['503 after it acted', { kind: 'status', status: 503, acted: true }],
  ['HTML 200', { kind: 'html', status: 200 }],
  ['HTML 200 after it acted', { kind: 'html', status: 200, acted: true }],
  ['HTML 502 after it acted', { kind: 'html', status: 502, acted: true }],
  ['truncated', { kind: 'truncated' }],
  ['malformed', { kind: 'malformed' }],
  ['no token in the answer', { kind: 'wrong-schema' }],
  ['redirect', { kind: 'redirect', location: 'https://login.example.test/' }],
];

/** The harness of the issuer contract over the sandbox. Changes wait for `finishChange` from the start. */
export async function cloudHarness(): Promise<ResettableHarness> {
  const world = await startCloudWorld();
  const { sandbox } = world;
  const deployment = sandbox.deployment('checkout-prod');
  deployment.holdPlanPending();
  const selects = {
    resource_ambiguous: { deployment: 'twin' },
    upstream_not_found: { deployment: 'nowhere' },
    not_rotatable: { deployment: 'search-prod' },
    resource_unavailable: { deployment: 'asleep' },
  };
  return {
    issuer: world.issuer({ deployment: 'checkout-prod' }),
    unresolvable: (code) => world.issuer(selects[code]),
    tokenInForce: () => new Secret(deployment.currentToken()),
    writes: () => world.resets(),
    holdChanges: () => {},
    failNextChange: () => deployment.failNextPlan(),
    finishChange: async () => finishPlan(sandbox, deployment.name),
    changeByOthers: () => deployment.resetByColleague(),
    makeUnreadable: () => world.fault('get-deployment', { kind: 'wrong-schema' }, Infinity),
    removeResource: () => deployment.delete(),
    failNextRead: () => world.fault('get-deployment', { kind: 'status', status: 503 }, Infinity),
    hangNext: async (call) =>
      new Promise((resolve) => {
        const run = async (): Promise<void> => {
          resolve();
          await new Promise(() => {});
        };
        world.fault(call === 'read' ? 'get-deployment' : RESET, { kind: 'before-acting', run });
      }),
    writeFaults: RESET_FAULTS.map(([name, effect]) => ({ name, arm: () => world.fault(RESET, effect) })),
    loseNextReset: () => world.fault(RESET, { kind: 'reply-lost' }),
    close: async () => world.close(),
  };
}

/** Lets the pending plan end, and waits until it has; later ones are held again. */
export async function finishPlan(sandbox: Sandbox, name: string): Promise<void> {
  const deployment = sandbox.deployment(name);
  const last = sandbox.ledger.of('token.reset').findLast((reset) => reset.deployment === name);
  deployment.releasePlan();
  await sandbox.ledger.waitFor(
    (entry) =>
      (entry.kind === 'plan.applied' || entry.kind === 'plan.failed') &&
      entry.planAttempt === last?.planAttempt,
    AbortSignal.timeout(30_000),
  );
  deployment.holdPlanPending();
}
