import { once } from 'node:events';
import { createAuthority } from '../../../src/sandbox/certificates.js';
import { loopback } from '../../../src/sandbox/https-front.js';
import type { EntryOf } from '../../../src/sandbox/ledger.js';
import type { DeploymentOptions } from '../../../src/sandbox/options.js';
import { startSandbox, type DeploymentHandle, type Sandbox } from '../../../src/sandbox/sandbox.js';
import { startSecretsManager, type SecretsManager } from '../../../src/sandbox/secrets-manager/index.js';
import { fingerprintOf } from '../../../src/rotation/secret.js';
import { Meter } from './meter.js';
import { Recorder } from './recorder.js';
import {
  REGION,
  type Asked,
  type Answered,
  type Questions,
  type WorldOrder,
  type WorldView,
} from './view.js';

type World = {
  readonly sandbox: Sandbox;
  readonly secrets: SecretsManager;
  readonly recorder: Recorder | undefined;
  readonly meter: Meter;
};

const secretOf = ({ name }: { readonly name: string }): string => `prod/apm/${name}`;

async function open(order: WorldOrder): Promise<{ world: World; view: WorldView }> {
  const authority = await createAuthority();
  const recorder = order.recording ? new Recorder() : undefined;
  const meter = new Meter();
  const plain = meter.over(loopback(authority));
  const network = recorder ? recorder.over(plain) : plain;
  const { seed, timings, storeLatencyMs: latencyMs } = order;
  const sandbox = await startSandbox({
    seed,
    timings,
    authority,
    network,
    deployments: deploymentsOf(order),
  });
  const keys = {
    accessKeyId: sandbox.random.fork('aws key id').base62(20),
    secretAccessKey: sandbox.random.fork('aws key').base62(40),
  };
  const { ledger, random } = sandbox;
  const aws = { authority, network, ledger, random: random.fork('aws'), ...keys, latencyMs };
  const secrets = await startSecretsManager(aws);
  for (const deployment of sandbox.deployments())
    secrets.seed(secretOf(deployment), { text: deployment.currentToken() }, { region: REGION });
  const view = {
    caPem: sandbox.caPem,
    cloudUrl: sandbox.cloud.url,
    cloudKey: sandbox.cloud.apiKey,
    secretsUrl: secrets.url,
    ...keys,
    deployments: sandbox.deployments().map(viewOf),
  };
  return { world: { sandbox, secrets, recorder, meter }, view };
}

function deploymentsOf({ standalone, managed = 0 }: WorldOrder): DeploymentOptions[] {
  const many = (count: number, name: string, rest: Omit<DeploymentOptions, 'name'>): DeploymentOptions[] =>
    Array.from({ length: count }, (_, index) => ({ name: `${name}-${index + 1}`, ...rest }));
  return [
    ...many(standalone, 'standalone', { kind: 'apm', mode: 'standalone' }),
    ...many(managed, 'managed', { kind: 'integrations_server', mode: 'managed' }),
  ];
}

function viewOf(deployment: DeploymentHandle): WorldView['deployments'][number] {
  const { name, id, mode, refId, apmUrl, kibana } = deployment;
  const [kibanaUrl, kibanaKey] = [kibana.url, kibana.credentials.apiKey];
  return { name, id, mode, refId, apmUrl, kibanaUrl, kibanaKey, secretId: secretOf(deployment) };
}

function answering({ sandbox, secrets, recorder, meter }: World): Questions {
  const { ledger } = sandbox;
  return {
    exchanges: () => recorder?.exchanges ?? [],
    forget: () => {
      if (recorder) recorder.exchanges = [];
    },
    async switched(name) {
      const wanted = sandbox.deployment(name).acceptedFingerprints().length;
      const seen = (): EntryOf<'instance.switched'>[] =>
        ledger.of('instance.switched').filter(({ deployment }) => deployment === name);
      await ledger.waitFor(() => seen().length >= wanted);
      const times = seen().map(({ at }) => at);
      return { first: Math.min(...times), last: Math.max(...times) };
    },
    inStep: () => sandbox.deployments().filter((deployment) => isInStep(deployment, secrets)).length,
    load(url) {
      const load = meter.loads.get(url);
      if (!load) throw new Error(`no server of the world is at ${url}`);
      return load;
    },
    processorSeconds: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    },
  };
}

function isInStep(deployment: DeploymentHandle, secrets: SecretsManager): boolean {
  const current = secrets.secret(secretOf(deployment)).current();
  return (
    current !== undefined &&
    deployment.acceptedFingerprints().every(({ fingerprint }) => fingerprint === fingerprintOf(current))
  );
}

/** Nobody is left to live in it, once the parent is gone. */
function serve(world: World): void {
  const questions = answering(world);
  process.on('message', (asked: Asked) => void answer(questions, asked).then(tell));
}

async function answer(questions: Questions, { id, question, args: [first = ''] }: Asked): Promise<Answered> {
  try {
    return { id, answer: await questions[question](first) };
  } catch (error) {
    return { id, error: String(error) };
  }
}

function tell(message: WorldView | Answered): void {
  process.send?.(message);
}

process.once('disconnect', () => process.exit());
const [order] = (await once(process, 'message')) as [WorldOrder];
const { world, view } = await open(order);
serve(world);
tell(view);
