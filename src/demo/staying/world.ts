import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { createLedger } from '../../sandbox/ledger.js';
import { startSandbox, type Sandbox } from '../../sandbox/sandbox.js';
import { startSecretsManager, type SecretsManager } from '../../sandbox/secrets-manager/index.js';
import { REGION } from '../config.js';
import { Daemon } from '../daemon.js';
import { configOf } from './config.js';
import { startDownstream, type Surroundings } from './downstream.js';
import { knownSince } from './known-since.js';
import { startReceiver, type Heard } from './receiver.js';
import { restartWhenBehind } from './restarts.js';
import { deploymentOf, deploymentsOf, secretIdOf, type Shown } from './rotations.js';
import { writeShellFile } from './shell.js';

export type StayingWorld = {
  readonly folder: string;
  readonly daemon: Daemon;
  readonly address: string;
  /** What another terminal reads. */
  readonly shellFile: string;
  /** Ends every process and server, and deletes the folder. */
  close(): Promise<void>;
};

type Options = {
  readonly seed: number;
  readonly rotations: readonly Shown[];
  readonly heard: (event: Heard) => void;
  /** Ends the set-up, and whatever stands by then. */
  readonly signal: AbortSignal;
  /** The folder of the agents' compiled programs; default: beside their module. */
  readonly programs?: string;
};

/** It stays up for days. */
const MOST_ENTRIES = 10_000;

/** A world with something of everything, and the service in it. */
export async function startStayingWorld(options: Options): Promise<StayingWorld> {
  const { seed, rotations, heard, signal, programs } = options;
  await using rising = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'rotor-sandbox-'));
  rising.defer(async () => rm(folder, { recursive: true, force: true }));
  const sandbox = await startSandbox({
    seed,
    deployments: deploymentsOf(rotations),
    ledger: createLedger({ most: MOST_ENTRIES }),
    timings: { apiLatencyMs: 20, planMs: 1_500, flickerMs: 400, switchSpreadMs: 400, checkInMs: 600 },
  });
  rising.defer(async () => sandbox.close());
  const keys = {
    accessKeyId: sandbox.random.fork('aws key id').base62(20),
    secretAccessKey: sandbox.random.fork('aws key').base62(40),
  };
  const { authority, ledger, random } = sandbox;
  const secrets = await startSecretsManager({ authority, ledger, random: random.fork('aws'), ...keys });
  rising.defer(async () => secrets.close());
  const hookSecret = `whsec_${Buffer.from(random.fork('webhook').hex(64), 'hex').toString('base64')}`;
  const receiver = await startReceiver(authority, hookSecret, heard);
  rising.defer(async () => receiver.close());
  signal.throwIfAborted();
  const caFile = join(folder, 'ca.pem');
  await writeFile(caFile, sandbox.caPem);
  arrange(rotations, sandbox, secrets);
  const ending = new AbortController();
  rising.defer(() => ending.abort());
  for (const shown of rotations)
    if (shown.stuckInstance !== undefined)
      void restartWhenBehind(
        sandbox.deployment(deploymentOf(shown)),
        shown.stuckInstance,
        ledger,
        ending.signal,
      );
  const surroundings = { folder, caFile, sandbox, secrets, keys, seed, programs };
  const declared = await startAll(rotations, surroundings, rising);
  signal.throwIfAborted();
  const stateDir = join(folder, 'state');
  const config = configOf(declared, {
    stateDir,
    caFile,
    keyFile: await keyFiles(folder, {
      'elastic-cloud': sandbox.cloud.apiKey,
      webhook: hookSecret,
      ...kibanaKeys(rotations, sandbox),
    }),
    cloudUrl: sandbox.cloud.url,
    secretsUrl: secrets.url,
    hookUrl: receiver.url,
  });
  const file = join(folder, 'rotor.yaml');
  await writeFile(file, stringify(config, { lineWidth: 0 }), { mode: 0o600 });
  for (const { name, knownForMs } of rotations)
    if (knownForMs !== undefined) await knownSince(stateDir, [name], knownForMs);
  const daemon = daemonOf({ folder, file, stateDir, keys });
  rising.defer(async () => void (await daemon.stop()));
  await daemon.start();
  signal.throwIfAborted();
  const { address } = await daemon.client();
  const shellFile = await writeShellFile({ folder, config: file, stateDir, address, keys });
  const standing = rising.move();
  return { folder, daemon, address, shellFile, close: async () => standing.disposeAsync() };
}

function arrange(rotations: readonly Shown[], sandbox: Sandbox, secrets: SecretsManager): void {
  for (const shown of rotations) {
    const deployment = sandbox.deployment(deploymentOf(shown));
    secrets.seed(secretIdOf(shown), { text: deployment.currentToken() }, { region: REGION });
    if (shown.stuckInstance !== undefined) deployment.pinInstance(shown.stuckInstance);
  }
}

async function startAll(
  rotations: readonly Shown[],
  surroundings: Surroundings,
  rising: AsyncDisposableStack,
) {
  const declared: { shown: Shown; targets: readonly object[] }[] = [];
  for (const shown of rotations) {
    const deployment = surroundings.sandbox.deployment(deploymentOf(shown));
    const downstream = await startDownstream(shown, deployment, surroundings);
    rising.defer(async () => downstream.close());
    declared.push({ shown, targets: downstream.targets });
  }
  return declared;
}

function kibanaKeys(rotations: readonly Shown[], sandbox: Sandbox): Record<string, string> {
  const managed = rotations.filter(({ mode }) => mode === 'managed');
  const keyOf = (shown: Shown) => sandbox.deployment(deploymentOf(shown)).kibana.credentials.apiKey;
  return Object.fromEntries(managed.map((shown) => [`kibana-${shown.name}`, keyOf(shown)]));
}

/** A file for each, for the owner alone. */
async function keyFiles(folder: string, keys: Readonly<Record<string, string>>) {
  const place = join(folder, 'keys');
  await mkdir(place, { mode: 0o700 });
  for (const [name, key] of Object.entries(keys)) await writeFile(join(place, name), key, { mode: 0o600 });
  return (name: string): string => join(place, name);
}

type Place = Pick<Surroundings, 'folder' | 'keys'> & { readonly file: string; readonly stateDir: string };

function daemonOf({ folder, file, stateDir, keys }: Place): Daemon {
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_REGION: REGION,
  };
  return new Daemon({ config: file, stateDir, logFile: join(folder, 'rotor.log'), env });
}
