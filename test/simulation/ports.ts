import { createHttpClient } from '../../src/http/client.js';
import type { Gates } from '../../src/http/gate.js';
import { issuerSource } from '../../src/issuers/index.js';
import type { IssuerSource } from '../../src/issuers/issuer.js';
import type { Ports } from '../../src/rotation/ports.js';
import { Secret } from '../../src/rotation/secret.js';
import { createStore } from '../../src/stores/index.js';
import { createTarget } from '../../src/targets/index.js';
import type { Target } from '../../src/targets/target.js';
import { ApmServerProber } from '../../src/verification/apm-server-prober.js';
import type { Agent } from 'node:https';
import type { Means } from './downstream-port.js';
import type { Life } from './life.js';
import { mortalTarget } from './mortal.js';
import { CANARIES, REGION, SECRET_ID, type World } from './world.js';

/** The real adapters, as a process of this life has them. */
export function portsOf(world: World, means: Means, life: Life, gates: Gates): Ports {
  const { path } = world.options;
  const { agent } = means;
  return {
    issuers: issuersOf(world, agent, gates),
    store: createStore(
      {
        type: 'aws-secrets-manager',
        secretId: SECRET_ID,
        region: REGION,
        endpoint: world.secrets.url,
        ...(path.jsonKey !== undefined && { key: path.jsonKey }),
      },
      { agent },
    ),
    targets: world.targets.map((target) => ({
      name: target.name,
      target: mortalTarget(targetOf(world, target, means), target.name, life),
      readyTimeoutMs: 600_000,
      ...(CANARIES.includes(target.name) && { wave: 'canary' }),
    })),
    prober: new ApmServerProber(agent),
  };
}

function issuersOf({ sandbox, deployment, options }: World, agent: Agent, gates: Gates): IssuerSource {
  const clientOf = (baseUrl: string, key: string) =>
    createHttpClient({
      baseUrl,
      agent,
      gate: gates.of(baseUrl),
      authorization: { scheme: 'ApiKey', credential: new Secret(key) },
    });
  return issuerSource(options.path.by ?? options.path.issuer, {
    select:
      options.path.issuer === 'fleet' && options.path.by === undefined ? {} : { deployment: deployment.name },
    cloud: () => clientOf(`${sandbox.cloud.url}/api/v1`, sandbox.cloud.apiKey),
    apmUrl: deployment.apmUrl,
    kibana: {
      url: deployment.kibana.url,
      http: (url) => clientOf(url, deployment.kibana.credentials.apiKey),
    },
  });
}

function targetOf(world: World, inMemory: Target, means: Means): Target {
  if (world.downstream) return world.downstream.target(means);
  if (world.file === undefined) return inMemory;
  const config = {
    type: 'file',
    name: 'web',
    path: world.file,
    mode: '0600',
    reloadTimeoutMs: 1,
    checkTimeoutMs: 1,
    readyTimeoutMs: 1,
  } as const;
  return createTarget(config, { environment: {} });
}
