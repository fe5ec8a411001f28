import { createHttpsAgent } from '../../src/http/agent.js';
import { createHttpClient } from '../../src/http/client.js';
import { createFleetIssuer, type FleetConfig } from '../../src/issuers/fleet/index.js';
import type { SettableIssuer } from '../../src/issuers/issuer.js';
import { Secret } from '../../src/rotation/secret.js';
import type { DeploymentHandle } from '../../src/sandbox/deployment-handle.js';
import type { FaultEffect } from '../../src/sandbox/faults.js';
import type { FleetOperationId } from '../../src/sandbox/kibana/operations.js';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import type { SettableHarness } from '../contracts/issuer-kinds.contract.js';
import { QUICK_RETRY } from './cloud-world.js';

const FAST = { planMs: 20, flickerMs: 0, switchSpreadMs: 10, checkInMs: 5 };

export type FleetWorld = {
  readonly sandbox: Sandbox;
  readonly deployment: DeploymentHandle;
  issuer(config?: FleetConfig): SettableIssuer;
  /** Without credentials that Kibana knows. */
  stranger(): SettableIssuer;
  fault(operation: FleetOperationId, effect: FaultEffect, times?: number): void;
  /** How often the policy was saved, by whomever. */
  saves(): number;
  close(): Promise<void>;
};

export async function startFleetWorld(): Promise<FleetWorld> {
  const sandbox = await startSandbox({ timings: FAST });
  const deployment = sandbox.deployment('search-prod');
  const { kibana, apmUrl } = deployment;
  const agent = createHttpsAgent({ caPem: sandbox.caPem });
  const issuerWith = (apiKey: string, config: FleetConfig): SettableIssuer => {
    const authorization = { scheme: 'ApiKey', credential: new Secret(apiKey) } as const;
    const http = createHttpClient({ baseUrl: kibana.url, agent, authorization });
    return createFleetIssuer({ apmUrl, ...config }, { http, retry: QUICK_RETRY });
  };
  return {
    sandbox,
    deployment,
    issuer: (config = {}) => issuerWith(kibana.credentials.apiKey, config),
    stranger: () => issuerWith(sandbox.cloud.apiKey, {}),
    fault: (operation, effect, times = 1) => void sandbox.faults.add({ operation, effect, times }),
    saves: () => sandbox.ledger.of('policy.saved').length,
    close: async () => {
      agent.destroy();
      await sandbox.close();
    },
  };
}

/** Every way in which the sandbox can spoil a save. */
const SAVE_FAULTS: readonly (readonly [name: string, effect: FaultEffect])[] = [
  ['cut before it acts', { kind: 'drop-before' }],
  ['reply lost', { kind: 'reply-lost' }],
  ['401', { kind: 'status', status: 401 }],
  ['403', { kind: 'status', status: 403 }],
  ['404', { kind: 'status', status: 404 }],
  ['429', { kind: 'status', status: 429 }],
  ['500', { kind: 'status', status: 500 }],
  ['500 after it acted', { kind: 'status', status: 500, acted: true }],
  ['503 after it acted', { kind: 'status', status: 503, acted: true }],
  ['HTML 200 after it acted', { kind: 'html', status: 200, acted: true }],
  ['HTML 502 after it acted', { kind: 'html', status: 502, acted: true }],
  ['truncated', { kind: 'truncated' }],
  ['malformed', { kind: 'malformed' }],
  ['redirect', { kind: 'redirect', location: 'https://login.example.test/' }],
];

/** The harness of the issuer contract over the sandbox. */
export async function fleetHarness(): Promise<SettableHarness> {
  const world = await startFleetWorld();
  const { deployment } = world;
  const { kibana } = deployment;
  const own = world.saves();
  return {
    issuer: world.issuer(),
    unresolvable(code) {
      if (code === 'resource_ambiguous') kibana.addPolicy('Second APM');
      if (code === 'not_rotatable') kibana.freezeToken();
      if (code === 'resource_unavailable') return world.issuer({ space: 'elsewhere' });
      return world.issuer(code === 'upstream_not_found' ? { policy: 'nowhere' } : {});
    },
    tokenInForce: () => new Secret(kibana.currentToken() ?? ''),
    writes: () => world.saves() - own,
    // A save is in force at once for Fleet; what lags is behind the APM Server, which the issuer does not ask.
    holdChanges: () => {},
    failNextChange: () => {},
    finishChange: async () => {},
    changeByOthers: () => kibana.editToken(),
    makeUnreadable: () => kibana.hideToken(),
    removeResource: () => kibana.removePolicy(),
    failNextRead: () => world.fault('get-package-policy', { kind: 'status', status: 503 }, Infinity),
    hangNext: async (call) =>
      new Promise((resolve) => {
        const run = async (): Promise<void> => {
          resolve();
          await new Promise(() => {});
        };
        const operation = call === 'read' ? 'get-package-policy' : 'put-package-policy';
        world.fault(operation, { kind: 'before-acting', run });
      }),
    writeFaults: SAVE_FAULTS.map(([name, effect]) => ({
      name,
      arm: () => world.fault('put-package-policy', effect),
    })),
    loseNextSet: () => world.fault('put-package-policy', { kind: 'reply-lost' }),
    halveNextSet: () => kibana.dieBetweenWriteAndBump(),
    close: async () => {
      await world.close();
    },
  };
}
