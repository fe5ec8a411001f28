import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { REGION } from '../../src/demo/config.js';
import { Daemon } from '../../src/demo/daemon.js';
import type { DeploymentHandle } from '../../src/sandbox/deployment-handle.js';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import { startSecretsManager, type SecretsManager } from '../../src/sandbox/secrets-manager/index.js';
import type { Secret } from '../../src/rotation/secret.js';
import { TOKEN_FILE } from '../../src/triggers/api-token.js';

/** One rotation of the config, and what it is about. */
export type Subject = {
  readonly name: string;
  readonly deployment: DeploymentHandle;
  readonly secretId: string;
  readonly targetFile: string;
};

export type Cluster = {
  readonly sandbox: Sandbox;
  readonly secrets: SecretsManager;
  readonly subjects: readonly Subject[];
  /** A replica that is not started yet; `name` is how the database knows it. `clockOffMs` is how far its clock is off. */
  replica(name: string, clockOffMs?: number): Daemon;
  close(): Promise<void>;
};

type Options = {
  readonly seed: number;
  readonly rotations: number;
  readonly database: Secret;
};

const FIRED_BEFORE_MS = 2 * 60_000;

/** A sandbox with a deployment, a secret and a file for each rotation, and one config for every replica. */
export async function openCluster({ seed, rotations, database }: Options): Promise<Cluster> {
  await using rising = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'rotor-replicas-'));
  rising.defer(async () => rm(folder, { recursive: true, force: true }));
  const names = Array.from({ length: rotations }, (_, index) => `app-${String(index + 1).padStart(4, '0')}`);
  const sandbox = await startSandbox({
    seed,
    deployments: names.map((name) => ({ name, kind: 'apm', mode: 'standalone', instances: 2 })),
    timings: { apiLatencyMs: 40, planMs: 2_000, flickerMs: 300, switchSpreadMs: 300 },
  });
  rising.defer(async () => sandbox.close());
  const keys = {
    accessKeyId: sandbox.random.fork('aws key id').base62(20),
    secretAccessKey: sandbox.random.fork('aws key').base62(40),
  };
  const { authority, ledger, random } = sandbox;
  const secrets = await startSecretsManager({
    authority,
    ledger,
    random: random.fork('aws'),
    ...keys,
    latencyMs: 10,
  });
  rising.defer(async () => secrets.close());
  const subjects = names.map((name) => {
    const deployment = sandbox.deployment(name);
    const secretId = `prod/apm/${name}`;
    secrets.seed(secretId, { text: deployment.currentToken() }, { region: REGION });
    return { name, deployment, secretId, targetFile: join(folder, 'targets', name) };
  });
  await mkdir(join(folder, 'targets'));
  await writeFile(join(folder, 'ca.pem'), sandbox.caPem);
  await writeFile(join(folder, TOKEN_FILE), `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
  const config = join(folder, 'rotor.yaml');
  await writeFile(
    config,
    stringify(configOf(subjects, { folder, sandbox, secrets }), { aliasDuplicateObjects: false }),
    {
      mode: 0o600,
    },
  );
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    EC_API_KEY: sandbox.cloud.apiKey,
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    ROTOR_TOKEN_FILE: join(folder, TOKEN_FILE),
  };
  const replicas: Daemon[] = [];
  rising.defer(async () => void (await Promise.all(replicas.map(async (one) => endOf(one)))));
  const replica = (name: string, clockOffMs = 0): Daemon => {
    const url = new URL(database.reveal());
    url.searchParams.set('application_name', name);
    const daemon = new Daemon({
      config,
      stateDir: folder,
      logFile: join(folder, `${name}.log`),
      env: {
        ...env,
        DATABASE_URL: url.href,
        ROTOR_STATE_DIR: join(folder, name),
        ...(clockOffMs !== 0 && { NODE_OPTIONS: `--import=${clockOffBy(clockOffMs)}` }),
      },
    });
    replicas.push(daemon);
    return daemon;
  };
  const standing = rising.move();
  return { sandbox, secrets, subjects, replica, close: async () => standing.disposeAsync() };
}

type World = { readonly folder: string; readonly sandbox: Sandbox; readonly secrets: SecretsManager };

function configOf(subjects: readonly Subject[], { folder, sandbox, secrets }: World) {
  const firedAt = new Date(Date.now() - FIRED_BEFORE_MS);
  const tls = { caFile: join(folder, 'ca.pem') };
  return {
    version: 1,
    // Who measures and tries asks more often than a person.
    server: { listen: '127.0.0.1:0', rateLimit: { perMinute: 1_000_000 } },
    cloud: {
      endpoint: sandbox.cloud.url,
      apiKey: '${env:EC_API_KEY}',
      tls,
      limits: { runsAtOnce: 10_000, startsPerMinute: 10_000 },
    },
    defaults: {
      // Once a day: within this test it has fired once, for whoever has known the rotation for longer.
      schedule: { cron: `${firedAt.getUTCMinutes()} ${firedAt.getUTCHours()} * * *`, jitter: 'none' },
      verify: {
        probes: 3,
        probeInterval: '2s',
        acceptDeadline: '5m',
        // Longer than any replica stands still: what it sends late still belongs to its run.
        quietPeriod: '1m',
        settleReads: 3,
      },
      // Each replica watches all of them: at the default of a minute that alone would keep this machine busy.
      watch: { interval: '5m' },
      retries: { max: 5, base: '500ms', cap: '5s' },
    },
    rotations: subjects.map(({ name, deployment, secretId, targetFile }) => ({
      name,
      select: { deployment: deployment.id },
      issuer: 'elastic-cloud',
      apmServer: { tls },
      store: { type: 'aws-secrets-manager', secretId, region: REGION, endpoint: secrets.url, tls },
      targets: [{ type: 'file', path: targetFile }],
    })),
  };
}

/** A module for Node that sets the wall clock of its process off, as a machine's without NTP is. */
function clockOffBy(ms: number): string {
  const module = `const R = Date; globalThis.Date = class extends R {
    constructor(...given) { if (given.length > 0) super(...given); else super(R.now() + ${ms}); }
    static now() { return R.now() + ${ms}; }
  };`;
  return `data:text/javascript,${encodeURIComponent(module)}`;
}

/** Also of one that stands still: it has to run to be ended. */
async function endOf(replica: Daemon): Promise<void> {
  try {
    process.kill(replica.pid, 'SIGCONT');
  } catch {
    return; // Dead, or never started.
  }
  await replica.stop();
}

/** The most memory that the process has ever had, in MiB; NaN where this machine does not tell. */
export async function peakMemory({ pid }: Daemon): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return Math.round(Number(kib) / 1024);
}
