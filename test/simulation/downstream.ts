import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttpClient } from '../../src/http/client.js';
import { fingerprintOf, Secret, type Fingerprint } from '../../src/rotation/secret.js';
import { startEcs } from '../../src/sandbox/ecs/index.js';
import { EVERYTHING, startKubernetes, type KubeObject } from '../../src/sandbox/kubernetes/index.js';
import { startLambda } from '../../src/sandbox/lambda/index.js';
import { versionOf } from '../../src/sandbox/lambda/model.js';
import { startSsm } from '../../src/sandbox/ssm/index.js';
import type { AwsTargetDeps } from '../../src/targets/aws/fields.js';
import { createTarget } from '../../src/targets/index.js';
import { workload } from '../kubernetes/objects.js';
import {
  INSTANCES,
  NAME,
  READY,
  STEP_MS,
  type Downstream,
  type DownstreamOptions,
} from './downstream-port.js';
import { startReceiver } from './webhook-receiver.js';

export const DOWNSTREAM_KINDS = [
  'ecs',
  'kubernetes',
  'lambda',
  'ssm-run-command',
  'webhook, by reference',
  'webhook, with the value',
] as const;
export type DownstreamKind = (typeof DOWNSTREAM_KINDS)[number];

export async function startDownstream(kind: DownstreamKind, options: DownstreamOptions): Promise<Downstream> {
  switch (kind) {
    case 'ecs':
      return ecs(options);
    case 'kubernetes':
      return kubernetes(options);
    case 'lambda':
      return lambda(options);
    case 'ssm-run-command':
      return hosts(options);
    case 'webhook, by reference':
      return startReceiver(options, 'reference');
    case 'webhook, with the value':
      return startReceiver(options, 'value');
  }
}

function readsOf({ current }: DownstreamOptions): () => Fingerprint | undefined {
  return () => {
    const token = current();
    return token === undefined ? undefined : fingerprintOf(token);
  };
}

function depsOf({ region, secretId }: DownstreamOptions, agent: Agent): AwsTargetDeps {
  return {
    rotation: 'checkout',
    secret: { store: 'aws-secrets-manager', id: secretId, region, key: null },
    agentFor: () => agent,
    now: Date.now,
  };
}

async function ecs(options: DownstreamOptions): Promise<Downstream> {
  let restarts = 0;
  const server = await startEcs({
    ...counting(options, 'UpdateService', () => (restarts += 1)),
    stepMs: STEP_MS,
    reads: readsOf(options),
  });
  const environment = [{ name: 'ELASTIC_APM_SERVER_URL', value: 'https://apm.example.test' }];
  const secrets = [{ name: 'ELASTIC_APM_SECRET_TOKEN', valueFrom: options.secretId }];
  const service = { cluster: 'prod', service: NAME, desired: INSTANCES };
  server.seed({ ...service, containers: [{ name: 'app', environment, secrets }] });
  const config = {
    type: 'ecs',
    name: NAME,
    cluster: 'prod',
    services: [NAME],
    endpoint: server.url,
    ...READY,
  } as const;
  return {
    target: ({ agent }) => createTarget(config, depsOf(options, agent)),
    runningWith: async () => server.service(NAME).tasks.map(({ runsWith }) => runsWith),
    restarts: () => restarts,
    isBusy: () => false,
    close: async () => server.close(),
  };
}

const WEB = { plural: 'deployments', namespace: 'shop', name: NAME } as const;

async function kubernetes(options: DownstreamOptions): Promise<Downstream> {
  const kube = await startKubernetes({
    authority: options.authority,
    network: options.network,
    stepMs: STEP_MS,
  });
  kube.add('deployments', WEB.namespace, workload('Deployment', NAME));
  kube.settle();
  const credential = new Secret(kube.login('rotor', EVERYTHING));
  const config = {
    type: 'kubernetes',
    name: NAME,
    namespaces: [WEB.namespace],
    workloads: [{ kind: 'deployment', name: NAME }],
    secret: { name: 'apm-token', key: 'token' },
    restart: 'rollout',
    ...READY,
  } as const;
  /** A pod reads the Secret when it starts, which is before the template changes. */
  const held = (): Fingerprint | undefined => {
    const encoded = kube.find('secrets', WEB.namespace, 'apm-token')?.data?.['token'];
    return encoded === undefined ? undefined : fingerprintOf(Buffer.from(encoded, 'base64').toString());
  };
  const madeFor = (pod: KubeObject): string | undefined =>
    pod.metadata.annotations?.['checkout.rotor.dev/token-fingerprint'];
  return {
    target({ agent }) {
      const client = createHttpClient({
        baseUrl: kube.url,
        agent,
        authorization: { scheme: 'Bearer', credential },
      });
      const cluster = { id: agent, context: 'sandbox', client: async () => client, renew: () => undefined };
      return createTarget(config, { rotation: 'checkout', clusters: async () => cluster });
    },
    runningWith: async () => kube.pods(WEB).map((pod) => (madeFor(pod) === held() ? held() : undefined)),
    // The first one has not been restarted.
    restarts: () => kube.everything().filter(({ kind }) => kind === 'ReplicaSet').length - 1,
    isBusy: () => false,
    close: async () => kube.close(),
  };
}

async function lambda(options: DownstreamOptions): Promise<Downstream> {
  let restarts = 0;
  const counted = counting(options, 'UpdateFunctionConfiguration', () => (restarts += 1));
  const server = await startLambda({ ...counted, changeMs: STEP_MS, reads: readsOf(options) });
  const variables = {
    ELASTIC_APM_LAMBDA_APM_SERVER: 'https://apm.example.test',
    ELASTIC_APM_SECRETS_MANAGER_SECRET_TOKEN_ID: options.secretId,
  };
  server.seed({ name: NAME, variables, alias: 'live' });
  const config = {
    type: 'lambda',
    name: NAME,
    functions: [NAME],
    alias: 'live',
    endpoint: server.url,
    ...READY,
  } as const;
  return {
    target: ({ agent }) => createTarget(config, depsOf(options, agent)),
    runningWith: async () => [versionOf(server.function(NAME), 'live')?.runsWith],
    restarts: () => restarts,
    isBusy: () => false,
    close: async () => server.close(),
  };
}

/** Hosts that are folders: what is current in the store is a file beside them, and what they run with one in each. */
async function hosts(options: DownstreamOptions): Promise<Downstream> {
  const folder = await mkdtemp(join(tmpdir(), 'rotor-hosts-'));
  const server = await startSsm({ ...options, folder });
  const ids: string[] = [];
  for (let count = 0; count < INSTANCES; count += 1) ids.push(await server.seed({ tags: { role: NAME } }));
  for (const id of ids) await writeFile(join(server.node(id).folder, 'running'), 'none\n');
  const config = {
    type: 'ssm-run-command',
    name: NAME,
    targets: { 'tag:role': [NAME] },
    document: 'AWS-RunShellScript',
    commands: ['cp ../current running', 'echo again >> restarts'],
    check: ['cat running'],
    checkEveryMs: 20_000,
    commandTimeoutMs: 60_000,
    maxConcurrency: '50',
    maxErrors: '0',
    endpoint: server.url,
    ...READY,
  } as const;
  const show = async (): Promise<void> =>
    writeFile(join(folder, 'current'), `${readsOf(options)() ?? 'none'}\n`);
  return {
    target({ agent }) {
      const target = createTarget(config, depsOf(options, agent));
      return {
        preflight: async (signal) => target.preflight(signal),
        observe: async (expected, signal) => target.observe(expected, signal),
        // A host reads the store when the command runs.
        async deliver(token, signal) {
          await show();
          return target.deliver(token, signal);
        },
      };
    },
    runningWith: async () =>
      Promise.all(
        ids.map(
          async (id) =>
            (await readFile(join(server.node(id).folder, 'running'), 'utf8')).trim() as Fingerprint,
        ),
      ),
    restarts: () => Math.max(...ids.map((id) => linesIn(join(server.node(id).folder, 'restarts')))),
    isBusy: () => server.isBusy(),
    async close() {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function linesIn(file: string): number {
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').length : 0;
}

/** Counts what has been carried out. */
function counting(options: DownstreamOptions, operation: string, count: () => void): DownstreamOptions {
  const { ledger } = options;
  return {
    ...options,
    ledger: {
      append(event) {
        if (event.kind === 'aws.request' && event.operation === operation && event.status < 300) count();
        return ledger.append(event);
      },
    },
  };
}
