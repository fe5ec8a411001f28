import { startApmServer, type ApmServer } from './apm-server/server.js';
import { createAuthority, type Authority } from './certificates.js';
import { startCloudApi, type CloudApi } from './cloud-api/server.js';
import { SandboxDeployment } from './deployment.js';
import type { DeploymentHandle } from './deployment-handle.js';
import { createFaults, type Faults } from './faults.js';
import { loopback, type HttpsFront, type Network } from './https-front.js';
import { createLedger, type Ledger } from './ledger.js';
import {
  DEFAULT_DEPLOYMENTS,
  DEFAULT_KEY_LIFE_MS,
  DEFAULT_PAGE_SIZE,
  DEFAULT_RATE_LIMIT,
  DEFAULT_TIMINGS,
  type SandboxOptions,
  type Timings,
} from './options.js';
import { createRandom, type Random } from './random.js';
import { createTimers, type Timers } from './timers.js';

export type { SandboxOptions } from './options.js';
export type { DeploymentHandle } from './deployment-handle.js';

/** Elastic Cloud and the APM Servers of its deployments, as real servers on loopback. */
export type Sandbox = {
  readonly authority: Authority;
  readonly caPem: string;
  readonly cloud: {
    /** Without the `/api/v1`. */
    readonly url: string;
    /** What goes after `Authorization: ApiKey`. */
    readonly apiKey: string;
  };
  readonly faults: Faults;
  readonly ledger: Ledger;
  readonly random: Random;
  deployments(): DeploymentHandle[];
  /** Throws for a deployment that is not there, or no longer. */
  deployment(nameOrId: string): DeploymentHandle;
  /** Open connections, of all servers. */
  clientCount(): number;
  /** Cuts every connection, stops every timer and every server. */
  close(): Promise<void>;
};

type World = {
  readonly options: SandboxOptions;
  readonly authority: Authority;
  readonly network: Network;
  readonly ledger: Ledger;
  readonly random: Random;
  readonly faults: Faults;
  readonly timers: Timers;
  readonly timings: Timings;
};

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const world = await createWorld(options);
  const deployments = (options.deployments ?? DEFAULT_DEPLOYMENTS).map((wanted, index) => {
    // The place counts too: a name is not unique, an id is.
    const random = world.random.fork(`deployment ${index} ${wanted.name}`);
    return new SandboxDeployment(wanted, { ...world, random });
  });
  const servers = (
    await Promise.all(
      deployments.map(async (deployment) =>
        Promise.all([openApmServer(world, deployment), openKibana(world, deployment)]),
      ),
    )
  ).flat();
  const present = (): SandboxDeployment[] => deployments.filter(({ isDeleted }) => !isDeleted);
  const apiKey = Buffer.from(world.random.fork('api key').base62(48), 'utf8').toString('base64');
  const cloud = await openCloudApi(world, apiKey, present);

  return {
    authority: world.authority,
    caPem: world.authority.caPem,
    cloud: { url: cloud.url, apiKey },
    faults: world.faults,
    ledger: world.ledger,
    random: world.random,
    deployments: present,
    deployment: (nameOrId) => find(present(), nameOrId),
    clientCount: () => [cloud, ...servers].reduce((sum, server) => sum + server.connections(), 0),
    async close() {
      world.timers.close();
      await Promise.all([cloud, ...servers].map(async (server) => server.close()));
    },
  };
}

async function createWorld(options: SandboxOptions): Promise<World> {
  const ledger = options.ledger ?? createLedger();
  const authority = options.authority ?? (await createAuthority());
  return {
    options,
    ledger,
    authority,
    network: options.network ?? loopback(authority),
    random: options.random ?? createRandom(options.seed ?? 1),
    faults: createFaults(ledger),
    timers: createTimers(),
    timings: { ...DEFAULT_TIMINGS, ...options.timings },
  };
}

async function openApmServer(world: World, deployment: SandboxDeployment): Promise<ApmServer> {
  const random = world.random.fork(`apm server ${deployment.name}`);
  const server = await startApmServer({
    network: world.network,
    ledger: world.ledger,
    deployment,
    instances: deployment.instances,
    info: {
      build_date: '2026-10-06T09:14:05Z',
      build_sha: random.hex(40),
      publish_ready: true,
      version: deployment.version,
    },
    exchange: { ...world, random, latencyMs: 0 },
  });
  deployment.attach(server);
  return server;
}

async function openKibana(world: World, deployment: SandboxDeployment): Promise<HttpsFront> {
  const random = world.random.fork(`kibana ${deployment.name}`);
  return deployment.kibana.start({ ...world, random, latencyMs: world.timings.apiLatencyMs });
}

async function openCloudApi(
  world: World,
  apiKey: string,
  deployments: () => SandboxDeployment[],
): Promise<CloudApi> {
  const { options } = world;
  return startCloudApi({
    network: world.network,
    ledger: world.ledger,
    exchange: { ...world, random: world.random.fork('cloud'), latencyMs: world.timings.apiLatencyMs },
    apiKey,
    apiKeyExpires: options.apiKeyExpires ?? new Date(Date.now() + DEFAULT_KEY_LIFE_MS),
    pageSize: options.pageSize ?? DEFAULT_PAGE_SIZE,
    rateLimit: options.rateLimit ?? DEFAULT_RATE_LIMIT,
    deployments,
  });
}

function find(deployments: readonly SandboxDeployment[], nameOrId: string): SandboxDeployment {
  const found = deployments.find(({ id, name }) => id === nameOrId || name === nameOrId);
  if (found !== undefined) return found;
  const names = deployments.map(({ name }) => name).join(', ');
  throw new Error(`the sandbox has no deployment ${nameOrId}, only: ${names}`);
}
