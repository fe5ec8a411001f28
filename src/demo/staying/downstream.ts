import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { fingerprintOf, type Fingerprint } from '../../rotation/secret.js';
import { startAgents } from '../../sandbox/agents/index.js';
import type { AccessKey } from '../../sandbox/aws/keyring.js';
import type { DeploymentHandle } from '../../sandbox/deployment-handle.js';
import { startEcs } from '../../sandbox/ecs/index.js';
import { EVERYTHING, startKubernetes } from '../../sandbox/kubernetes/index.js';
import { startLambda } from '../../sandbox/lambda/index.js';
import type { Sandbox } from '../../sandbox/sandbox.js';
import type { SecretsManager } from '../../sandbox/secrets-manager/index.js';
import { REGION } from '../config.js';
import { secretIdOf, type Shown } from './rotations.js';

export type Surroundings = {
  readonly folder: string;
  readonly caFile: string;
  readonly sandbox: Sandbox;
  readonly secrets: SecretsManager;
  readonly keys: AccessKey;
  readonly seed: number;
  /** The folder of the agents' compiled programs; default: beside their module. */
  readonly programs?: string | undefined;
};

type Downstream = { readonly targets: readonly object[]; close(): Promise<void> };

const RATE_PER_SECOND = 5;
/** Between two steps of what rolls out by itself: slow enough to be watched. */
const STEP_MS = 400;

/** Who gets the token of this rotation, and the targets by which a config names them. */
export async function startDownstream(
  shown: Shown,
  deployment: DeploymentHandle,
  world: Surroundings,
): Promise<Downstream> {
  switch (shown.receivers.kind) {
    case 'agents':
      return agents(shown, shown.receivers, deployment, world);
    case 'ecs':
      return ecs(shown, deployment, world);
    case 'lambda':
      return lambda(shown, deployment, world);
    case 'kubernetes':
      return kubernetes(shown, deployment, world);
    case 'none':
      return { targets: [], close: async () => undefined };
  }
}

async function agents(
  { name }: Shown,
  { real = 0, simulated = 0 }: { readonly real?: number; readonly simulated?: number },
  deployment: DeploymentHandle,
  { folder, sandbox, seed, programs }: Surroundings,
): Promise<Downstream> {
  const fleet = await startAgents({
    apmUrl: deployment.apmUrl,
    caPem: sandbox.caPem,
    folder: join(folder, 'services', name),
    token: deployment.currentToken(),
    real,
    simulated,
    ratePerSecond: RATE_PER_SECOND,
    ...(programs !== undefined && { programs }),
    seed,
  });
  const targets = fleet.targets.map(({ isReal, ...target }) => ({
    type: 'file',
    ...target,
    ...(isReal && { wave: 'canary' }),
  }));
  return { targets, close: async () => void (await fleet.stop()) };
}

/** Of what the secret holds: what a task or a function reads that starts now. */
function readsOf(shown: Shown, { secrets }: Surroundings): () => Fingerprint | undefined {
  return () => {
    const current = secrets.secret(secretIdOf(shown)).current();
    return current === undefined ? undefined : fingerprintOf(current);
  };
}

function awsOf(shown: Shown, world: Surroundings) {
  const { sandbox, keys } = world;
  const random = sandbox.random.fork(`aws ${shown.name}`);
  return { ...keys, authority: sandbox.authority, random, region: REGION, reads: readsOf(shown, world) };
}

async function ecs(shown: Shown, { apmUrl }: DeploymentHandle, world: Surroundings): Promise<Downstream> {
  const { env, name } = shown;
  const service = `${name}-api`;
  const server = await startEcs({ ...awsOf(shown, world), stepMs: STEP_MS });
  const environment = [{ name: 'ELASTIC_APM_SERVER_URL', value: apmUrl }];
  const secrets = [{ name: 'ELASTIC_APM_SECRET_TOKEN', valueFrom: secretIdOf(shown) }];
  server.seed({ cluster: env, service, containers: [{ name: 'app', environment, secrets }] });
  const tls = { caFile: world.caFile };
  const target = { type: 'ecs', cluster: env, service, endpoint: server.url, tls };
  return { targets: [target], close: async () => server.close() };
}

async function lambda(shown: Shown, { apmUrl }: DeploymentHandle, world: Surroundings): Promise<Downstream> {
  const server = await startLambda({ ...awsOf(shown, world), changeMs: STEP_MS });
  const variables = {
    ELASTIC_APM_LAMBDA_APM_SERVER: apmUrl,
    ELASTIC_APM_SECRETS_MANAGER_SECRET_TOKEN_ID: secretIdOf(shown),
  };
  for (const part of ['api', 'mail']) server.seed({ name: `${shown.name}-${part}`, variables });
  const tls = { caFile: world.caFile };
  const functions = [`${shown.name}-*`];
  const target = { type: 'lambda', name: `${shown.name}-functions`, functions, endpoint: server.url, tls };
  return { targets: [target], close: async () => server.close() };
}

async function kubernetes(
  { name }: Shown,
  { apmUrl }: DeploymentHandle,
  { folder, sandbox }: Surroundings,
): Promise<Downstream> {
  const cluster = await startKubernetes({
    authority: sandbox.authority,
    random: sandbox.random.fork(`kubernetes ${name}`),
    ledger: sandbox.ledger,
    stepMs: STEP_MS,
  });
  cluster.add('deployments', name, workload(name, apmUrl));
  cluster.settle();
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, kubeconfigOf(cluster, cluster.login('rotor', EVERYTHING)), { mode: 0o600 });
  const target = {
    type: 'kubernetes',
    kubeconfig,
    namespace: name,
    workload: `deployment/${name}`,
    secret: { name: 'apm-token', key: 'token' },
  };
  return { targets: [target], close: async () => cluster.close() };
}

function workload(name: string, apmUrl: string) {
  const secretKeyRef = { name: 'apm-token', key: 'token' };
  const env = [
    { name: 'ELASTIC_APM_SERVER_URL', value: apmUrl },
    { name: 'ELASTIC_APM_SECRET_TOKEN', valueFrom: { secretKeyRef } },
  ];
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels },
    spec: {
      replicas: 3,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'app', image: `${name}:1`, env }] },
      },
    },
  };
}

function kubeconfigOf({ url, caPem }: { readonly url: string; readonly caPem: string }, token: string) {
  const cluster = { server: url, 'certificate-authority-data': Buffer.from(caPem).toString('base64') };
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'sandbox', cluster }],
    users: [{ name: 'rotor', user: { token } }],
    contexts: [{ name: 'sandbox', context: { cluster: 'sandbox', user: 'rotor' } }],
    'current-context': 'sandbox',
  });
}
