import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Change, Journal } from '../../src/journal/journal.js';
import type { Policy } from '../../src/rotation/policy.js';
import type { Asked, Run, RunMode } from '../../src/rotation/run.js';
import type { Authority } from '../../src/sandbox/certificates.js';
import type { DeploymentHandle } from '../../src/sandbox/deployment-handle.js';
import { createLedger, type EntryOf, type LedgerEntry, type LedgerKind } from '../../src/sandbox/ledger.js';
import { createRandom, type Random } from '../../src/sandbox/random.js';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import { startSecretsManager, type SecretsManager } from '../../src/sandbox/secrets-manager/index.js';
import { startDownstream } from './downstream.js';
import type { Downstream } from './downstream-port.js';
import { FakeTarget } from '../fakes/fake-target.js';
import { Disk } from './disk.js';
import { Life } from './life.js';
import { MemoryWires } from './memory-wires.js';
import type { Path } from './paths.js';
import { ServiceAddress } from './service-address.js';
import { TlsWires } from './tls-wires.js';
import type { VirtualTime } from './virtual-time.js';
import type { Wires } from './wires.js';

export const ROTATION = 'checkout';
export const SECRET_ID = 'prod/apm/checkout';
export const REGION = 'eu-central-1';
const STORE_KEY = `aws-secrets-manager:${REGION}:${SECRET_ID}`;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Rarer looks than in production, and fewer connections each: what is asked is the same. */
const POLICY: Policy = {
  probes: 3,
  settleReads: 2,
  probeIntervalMs: 30 * SECOND,
  acceptDeadlineMs: 40 * MINUTE,
  quietPeriodMs: 10 * MINUTE,
  prepareDeadlineMs: 5 * MINUTE,
  maxConcurrentTargets: 5,
  retries: { max: 5, baseMs: 2 * SECOND, capMs: 2 * MINUTE },
};
export const CANARIES: readonly string[] = ['a', 'b'];
const IN_WAVES = {
  waves: [{ name: 'canary' }, { percent: 50 }],
  soakMs: MINUTE,
  maxConcurrentTargets: 1,
} satisfies Partial<Policy>;

const TIMINGS = {
  apiLatencyMs: 40,
  planMs: 70 * SECOND,
  flickerMs: 9 * SECOND,
  switchSpreadMs: 15 * SECOND,
  checkInMs: 10 * SECOND,
};

/** Memory alone, or as in production: TLS on sockets, and a journal whose every entry is synced to a file. */
export type Ground = 'memory' | 'tls';

export type WorldOptions = {
  readonly path: Path;
  readonly seed: number;
  readonly ground: Ground;
  readonly time: VirtualTime;
  readonly authority: Authority;
};

/** The world around the processes, from their journal to the cloud. It outlives every one of them. */
export class World {
  readonly #disposal = new AsyncDisposableStack();
  /** Where the target is a real one. */
  readonly file: string | undefined;
  /** Between the beginning and the end of a rotation. */
  isUnderWay = false;
  readonly deployment: DeploymentHandle;
  /** What a person has asked of runs so far. */
  readonly wishes: { readonly run: string; readonly what: Asked['what'] }[] = [];
  readonly #sent: ((run: string, name: string) => void)[] = [];
  readonly #written: ((change: Change) => void)[] = [];
  readonly #listeners: ((entry: LedgerEntry) => void)[] = [];

  private constructor(
    readonly options: WorldOptions,
    readonly wires: Wires,
    readonly random: Random,
    readonly sandbox: Sandbox,
    readonly secrets: SecretsManager,
    readonly disk: Disk,
    readonly address: ServiceAddress,
    readonly targets: readonly FakeTarget[],
    /** Where the target delivers to something of its own. */
    readonly downstream: Downstream | undefined,
    folder: string | undefined,
  ) {
    const [deployment] = sandbox.deployments();
    if (!deployment) throw new Error('the world has no deployment');
    this.deployment = deployment;
    this.file = options.path.isFile === true && folder !== undefined ? join(folder, 'token') : undefined;
  }

  get policy(): Policy {
    const { hasWaves, pauses } = this.options.path;
    return { ...POLICY, ...(hasWaves && IN_WAVES), ...(pauses && { onTargetFailure: 'pause' }) };
  }

  get journal(): Journal {
    return this.disk.journal;
  }

  static async start(options: WorldOptions): Promise<World> {
    const { path, seed, ground, time, authority } = options;
    const random = createRandom(seed);
    const wires = ground === 'tls' ? new TlsWires(authority, time.sign) : new MemoryWires(time.sign);
    time.waitFor(() => wires.isBusy());
    const ledger = createLedger();
    const sandbox = await startSandbox({
      authority,
      network: wires.open,
      ledger,
      random: random.fork('world'),
      timings: TIMINGS,
      deployments: [
        path.issuer === 'fleet'
          ? { name: 'search-prod', kind: 'integrations_server', mode: 'managed', instances: 2 }
          : { name: 'checkout-prod', kind: 'apm', mode: 'standalone', instances: 2 },
      ],
    });
    const secrets = await startSecretsManager({
      authority,
      network: wires.open,
      ledger,
      ...KEYS,
      latencyMs: 10,
    });
    const folder =
      ground === 'tls' || path.isFile === true ? mkdtempSync(join(tmpdir(), 'rotor-world-')) : undefined;
    const disk = await Disk.open(ground === 'tls' ? folder : undefined);
    const names = path.hasWaves ? [...CANARIES, 'c', 'd', 'e', 'f'] : ['web'];
    const targets = names.map((name) => new FakeTarget({ name, instancesFollow: true }));
    const address = await ServiceAddress.open(wires.open, (error) =>
      ledger.append({ kind: 'sandbox.defect', operation: 'service address', error }),
    );
    const downstream =
      path.downstream &&
      (await startDownstream(path.downstream, {
        authority,
        network: wires.open,
        ledger,
        ...KEYS,
        region: REGION,
        secretId: SECRET_ID,
        current: () => secrets.secret(SECRET_ID).current(),
        agent: wires.agentOf(new Life(), 'downstream', () => undefined),
        serviceUrl: address.url,
      }));
    time.waitFor(() => wires.isBusy() || downstream?.isBusy() === true);
    const world = new World(
      options,
      wires,
      random,
      sandbox,
      secrets,
      disk,
      address,
      targets,
      downstream,
      folder,
    );
    if (folder !== undefined) world.#disposal.defer(() => rmSync(folder, { recursive: true, force: true }));
    world.#disposal.defer(async () => disk.close());
    world.#disposal.defer(async () => address.close());
    world.#disposal.defer(async () => downstream?.close());
    world.#disposal.defer(async () => secrets.close());
    world.#disposal.defer(async () => sandbox.close());
    world.#listen();
    path.arrange?.(world);
    return world;
  }

  /** The store holds the token in force. */
  seedStore(): void {
    const text = this.#textWith(this.deployment.currentToken());
    if (this.secrets.secret(SECRET_ID).current() !== text)
      this.secrets.seed(SECRET_ID, { text }, { region: REGION });
  }

  /** In the form that the path wants. */
  #textWith(token: string): string {
    const { jsonKey } = this.options.path;
    return jsonKey === undefined ? token : JSON.stringify({ user: 'elastic', [jsonKey]: token });
  }

  /** Somebody puts another value into the secret, past Rotor. */
  editStore(): void {
    this.secrets.moveLabelBySomeoneElse(SECRET_ID, this.#textWith(this.random.base62(32)));
  }

  get isDeleted(): boolean {
    return this.sandbox.deployments().length === 0;
  }

  /** A request has left a process that works on this run. */
  sent(run: string, name: string): void {
    for (const listener of this.#sent) listener(run, name);
  }

  whenSent(act: (run: string, name: string) => void): void {
    this.#sent.push(act);
  }

  /** A process has written this into the journal. */
  wrote(change: Change): void {
    for (const listener of this.#written) listener(change);
  }

  whenWritten(act: (change: Change) => void): void {
    this.#written.push(act);
  }

  whenClosed(act: () => void): void {
    this.#disposal.defer(act);
  }

  async open(mode: RunMode, journal: Journal = this.journal): Promise<Run> {
    return journal.open({
      rotation: ROTATION,
      mode,
      trigger: { kind: mode === 'adopt' ? 'watch' : 'api', reason: 'simulated' },
      storeKey: STORE_KEY,
      spec: {},
      policy: this.policy,
    });
  }

  when<K extends LedgerKind>(kind: K, act: (entry: EntryOf<K>) => void): void {
    this.#listeners.push((entry) => {
      if (entry.kind === kind) act(entry as EntryOf<K>);
    });
  }

  async close(): Promise<void> {
    await this.#disposal.disposeAsync();
  }

  #listen(): void {
    const { ledger } = this.sandbox;
    const append = ledger.append.bind(ledger);
    ledger.append = (event) => {
      const entry = append(event);
      for (const listener of this.#listeners) listener(entry);
      return entry;
    };
  }
}

/** The sandbox takes no other; AWS's own client wants them in the environment. */
export const KEYS = (() => {
  const random = createRandom(Date.now());
  return { accessKeyId: random.base62(20), secretAccessKey: random.base62(40) };
})();
