import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentFleet } from '../sandbox/agents/index.js';
import { startAgents } from '../sandbox/agents/index.js';
import type { DeploymentHandle } from '../sandbox/deployment-handle.js';
import type { Sandbox } from '../sandbox/sandbox.js';
import { startSandbox } from '../sandbox/sandbox.js';
import type { SecretsManager } from '../sandbox/secrets-manager/index.js';
import { startSecretsManager } from '../sandbox/secrets-manager/index.js';
import { REGION, SECRET_ID, writeConfig } from './config.js';
import { Daemon } from './daemon.js';
import { DEPLOYMENT, MANAGED_DEPLOYMENT, type DemoIssuer, type Scenario } from './scenarios/index.js';

type Keys = { readonly accessKeyId: string; readonly secretAccessKey: string };

export type DemoWorld = {
  readonly folder: string;
  readonly sandbox: Sandbox;
  readonly secrets: SecretsManager;
  readonly agents: AgentFleet;
  readonly daemon: Daemon;
  readonly keys: Keys;
  /** Whose token is rotated. */
  readonly deployment: DeploymentHandle;
  /** Ends every process and server; the folder goes unless it is to be kept. */
  close(keep: boolean): Promise<void>;
};

const RATE_PER_SECOND = 20;

export type WorldOptions = {
  readonly seed: number;
  readonly scenario?: Scenario | undefined;
  /** Default: the scenario's, else `elastic-cloud`. */
  readonly issuer?: DemoIssuer | undefined;
  /** Services with the real elastic-apm-node. Default 2. */
  readonly real?: number;
  /** Services with a simulated agent, one target together. Default 3. */
  readonly simulated?: number;
  /** Services with a simulated agent each, every one a target of its own; where they are many, reached in waves. Default 0. */
  readonly fleet?: number;
  /** The folder of the agents' compiled programs; default: as this package has them. */
  readonly programs?: string;
  /** Of the service. Default debug. */
  readonly logLevel?: string;
  /** More variables of the service. */
  readonly env?: Readonly<Record<string, string>>;
  /** Ends the set-up, and whatever stands by then. */
  readonly signal?: AbortSignal;
};

/** The whole world of one demonstration: cloud, APM Server, secret manager, agents, and the service itself. */
export async function startWorld(options: WorldOptions): Promise<DemoWorld> {
  const { signal, scenario } = options;
  // Each part is there to be ended from the moment it stands, also where a later one does not come up.
  await using rising = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'rotor-demo-'));
  let keep = false;
  rising.defer(async () => (keep ? undefined : rm(folder, { recursive: true, force: true })));
  const sandbox = await startSandbox({
    seed: options.seed,
    timings: { apiLatencyMs: 20, planMs: 1_500, flickerMs: 400, switchSpreadMs: 400, checkInMs: 600 },
  });
  rising.defer(async () => sandbox.close());
  signal?.throwIfAborted();
  const keys = {
    accessKeyId: sandbox.random.fork('aws key id').base62(20),
    secretAccessKey: sandbox.random.fork('aws key').base62(40),
  };
  const issuer = options.issuer ?? scenario?.issuer ?? 'elastic-cloud';
  const deployment = sandbox.deployment(issuer === 'fleet' ? MANAGED_DEPLOYMENT : DEPLOYMENT);
  const secrets = await openSecrets(sandbox, keys, deployment);
  rising.defer(async () => secrets.close());
  const agents = await openAgents(sandbox, deployment, folder, options);
  rising.defer(async () => void (await agents.stop()));
  signal?.throwIfAborted();
  const daemon = await configure({ folder, sandbox, secrets, agents, keys, deployment }, options);
  rising.defer(async () => void (await daemon.stop()));
  await daemon.start();
  signal?.throwIfAborted();
  const standing = rising.move();
  const close = async (keepFolder: boolean): Promise<void> => {
    keep = keepFolder;
    await standing.disposeAsync();
  };
  return { folder, sandbox, secrets, agents, daemon, keys, deployment, close };
}

async function openSecrets(
  { authority, ledger, random }: Sandbox,
  keys: Keys,
  deployment: DeploymentHandle,
): Promise<SecretsManager> {
  const secrets = await startSecretsManager({
    authority,
    ledger,
    random: random.fork('aws'),
    ...keys,
    latencyMs: 10,
  });
  secrets.seed(SECRET_ID, { text: deployment.currentToken() }, { region: REGION });
  return secrets;
}

async function openAgents(
  { caPem, ledger }: Sandbox,
  deployment: DeploymentHandle,
  folder: string,
  { real = 2, simulated = 3, fleet = 0, programs, seed }: WorldOptions,
): Promise<AgentFleet> {
  return startAgents({
    apmUrl: deployment.apmUrl,
    caPem,
    folder: join(folder, 'services'),
    ledger,
    token: deployment.currentToken(),
    real,
    simulated,
    services: fleet,
    ratePerSecond: RATE_PER_SECOND,
    ...(programs !== undefined && { programs }),
    seed,
  });
}

/** Writes what an operator would: the config, the authority's certificate, the keys in the environment. */
async function configure(
  world: Omit<DemoWorld, 'daemon' | 'close'>,
  { scenario, logLevel = 'debug', env: more = {} }: WorldOptions,
): Promise<Daemon> {
  const { folder, sandbox, secrets, agents, keys, deployment } = world;
  const file = join(folder, 'rotor.yaml');
  const stateDir = join(folder, 'state');
  const caFile = join(folder, 'ca.pem');
  await writeFile(caFile, sandbox.caPem);
  await writeConfig({
    file,
    stateDir,
    caFile,
    cloudUrl: sandbox.cloud.url,
    secretsUrl: secrets.url,
    deployment: deployment.name,
    targets: agents.targets,
    scenario,
  });
  const wrong = scenario?.config?.wrongKey ? randomBytes(30).toString('base64url') : undefined;
  const isFleet = scenario?.issuer === 'fleet';
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    EC_API_KEY: (!isFleet && wrong) || sandbox.cloud.apiKey,
    KIBANA_API_KEY: (isFleet && wrong) || deployment.kibana.credentials.apiKey,
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_REGION: REGION,
    ROTOR_LOG_LEVEL: logLevel,
    ...more,
  };
  return new Daemon({ config: file, stateDir, logFile: join(folder, 'rotor.log'), env });
}
