import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentFleet } from '../sandbox/agents/index.js';
import { startAgents } from '../sandbox/agents/index.js';
import type { Sandbox } from '../sandbox/sandbox.js';
import { startSandbox } from '../sandbox/sandbox.js';
import type { SecretsManager } from '../sandbox/secrets-manager/index.js';
import { startSecretsManager } from '../sandbox/secrets-manager/index.js';
import { REGION, SECRET_ID, writeConfig } from './config.js';
import { Daemon } from './daemon.js';
import type { Scenario } from './scenarios.js';
import { DEPLOYMENT } from './scenarios.js';

export type DemoWorld = {
  readonly folder: string;
  readonly sandbox: Sandbox;
  readonly secrets: SecretsManager;
  readonly agents: AgentFleet;
  readonly daemon: Daemon;
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Ends every process and server; the folder goes unless it is to be kept. */
  close(keep: boolean): Promise<void>;
};

const RATE_PER_SECOND = 20;

export type WorldOptions = {
  readonly seed: number;
  readonly scenario?: Scenario | undefined;
  /** Services with the real elastic-apm-node. Default 2. */
  readonly real?: number;
  /** Services with a simulated agent, one target together. Default 3. */
  readonly simulated?: number;
  /** The folder of the agents' compiled programs; default: beside their module. */
  readonly programs?: string;
  /** Of the service. Default debug. */
  readonly logLevel?: string;
};

/** The whole world of one demonstration: cloud, APM Server, secret manager, agents, and the service itself. */
export async function startWorld(options: WorldOptions): Promise<DemoWorld> {
  const { seed, scenario, real = 2, simulated = 3, logLevel = 'debug', programs } = options;
  const folder = await mkdtemp(join(tmpdir(), 'rotor-demo-'));
  const sandbox = await startSandbox({
    seed,
    timings: { apiLatencyMs: 20, planMs: 1_500, flickerMs: 400, switchSpreadMs: 400 },
  });
  const { authority, ledger, random } = sandbox;
  const keys = {
    accessKeyId: random.fork('aws key id').base62(20),
    secretAccessKey: random.fork('aws key').base62(40),
  };
  const secrets = await startSecretsManager({
    authority,
    ledger,
    random: random.fork('aws'),
    ...keys,
    latencyMs: 10,
  });
  const deployment = sandbox.deployment(DEPLOYMENT);
  secrets.seed(SECRET_ID, { text: deployment.currentToken() }, { region: REGION });
  const agents = await startAgents({
    apmUrl: deployment.apmUrl,
    caPem: sandbox.caPem,
    folder: join(folder, 'services'),
    ledger,
    token: deployment.currentToken(),
    real,
    simulated,
    ratePerSecond: RATE_PER_SECOND,
    ...(programs !== undefined && { programs }),
    seed,
  });
  const file = join(folder, 'rotor.yaml');
  const stateDir = join(folder, 'state');
  const caFile = join(folder, 'ca.pem');
  await writeFile(caFile, sandbox.caPem);
  const { targets } = agents;
  await writeConfig({
    file,
    stateDir,
    caFile,
    cloudUrl: sandbox.cloud.url,
    secretsUrl: secrets.url,
    targets,
    scenario,
  });
  const apiKey = scenario?.config?.wrongKey ? randomBytes(30).toString('base64url') : sandbox.cloud.apiKey;
  const aws = {
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_REGION: REGION,
  };
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    EC_API_KEY: apiKey,
    ...aws,
    ROTOR_LOG_LEVEL: logLevel,
  };
  const daemon = new Daemon({ config: file, stateDir, logFile: join(folder, 'rotor.log'), env });
  const close = async (keep: boolean) => {
    await daemon.stop();
    await agents.stop();
    await secrets.close();
    await sandbox.close();
    if (!keep) await rm(folder, { recursive: true, force: true });
  };
  try {
    await daemon.start();
  } catch (error) {
    await close(false);
    throw error;
  }
  return { folder, sandbox, secrets, agents, daemon, keys, close };
}
