import { randomInt } from 'node:crypto';
import { FaultPlan } from '../aws/faults.js';
import { Keyring } from '../aws/keyring.js';
import type { Authority } from '../certificates.js';
import { loopback, type Network } from '../https-front.js';
import type { LedgerEvent } from '../ledger.js';
import { createRandom, type Random, uuid } from '../random.js';
import type { Faults } from './faults.js';
import { CURRENT } from './labels.js';
import { EventualReads } from './lag.js';
import { addVersion, Secrets, type Value } from './secrets.js';
import { handle, type World } from './server.js';
import { viewOf, type SecretView } from './view.js';

export type { Fault, Faults } from './faults.js';
export type { OperationName } from './operations.js';
export type { SecretView } from './view.js';

export type SecretsManagerOptions = {
  readonly authority: Authority;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Shared with an STS whose temporary keys are good here. Default: no key but the one above. */
  readonly keyring?: Keyring;
  /** Default: TLS on loopback. */
  readonly network?: Network;
  readonly random?: Random;
  readonly ledger?: { append(event: LedgerEvent): unknown };
  /** How long each answer takes; 0 unless given. */
  readonly latencyMs?: number;
};

/** Facts of a secret that only AWS's own console, another service or another Region brings about. */
export type SecretTraits = {
  readonly region?: string;
  readonly rotationEnabled?: boolean;
  readonly owningService?: string;
  /** A Region other than `region` makes the secret a replica. */
  readonly primaryRegion?: string;
  /** Its resource policy, JSON. */
  readonly policy?: string;
};

export type SecretsManager = {
  readonly url: string;
  readonly faults: Faults;
  secret(name: string): SecretView;
  /** Makes a secret, or gives a known one another current value, past the API. Without a value: no version yet. */
  seed(name: string, value: Value | undefined, traits?: SecretTraits): void;
  /** A colleague pastes a value in the console. Returns the value; random unless given. Throws without the secret. */
  moveLabelBySomeoneElse(name: string, value?: string): string;
  /** Also breaks the connections that are open. */
  close(): Promise<void>;
};

const AT_ONCE = { ms: 0 };
const DEFAULT_REGION = 'us-east-1';

/** AWS Secrets Manager as the API reference tells it, over TLS on a free port of 127.0.0.1. */
export async function startSecretsManager(options: SecretsManagerOptions): Promise<SecretsManager> {
  const random = options.random ?? createRandom(randomInt(2 ** 32));
  const closing = new AbortController();
  const world = createWorld(options, random, closing.signal);
  const seed = (name: string, value: Value | undefined, traits: SecretTraits = {}): void =>
    seedSecret(world.secrets, random, { name, value, traits });
  const network = options.network ?? loopback(options.authority);
  const front = await network({
    onRequest: async (request, response) => handle(world, request, response),
    onDefect: (error) => world.log({ kind: 'sandbox.defect', operation: 'secrets-manager', error }),
  });
  return {
    url: front.url,
    faults: faultsOf(world),
    secret: (name) => viewOf(() => world.secrets.find(name)),
    seed,
    moveLabelBySomeoneElse: (name, value = random.base62(32)) => {
      if (world.secrets.find(name) === undefined) throw new Error(`the sandbox has no secret ${name}`);
      seed(name, { text: value });
      return value;
    },
    close: async () => {
      closing.abort();
      await front.close();
    },
  };
}

function createWorld(options: SecretsManagerOptions, random: Random, closing: AbortSignal): World {
  return {
    secrets: new Secrets(random),
    reads: new EventualReads(),
    faults: new FaultPlan(),
    beforeHandling: undefined,
    replication: AT_ONCE,
    keyring: options.keyring ?? new Keyring(options),
    latencyMs: options.latencyMs ?? 0,
    log: (event) => options.ledger?.append(event),
    closing,
  };
}

function faultsOf(world: World): Faults {
  const { faults, reads } = world;
  return {
    inject: (operation, fault, times, skip) => faults.inject(operation, fault, times, skip),
    lag: (lag) => {
      reads.lag = lag;
    },
    replication: (replication = AT_ONCE) => {
      world.replication = replication;
    },
    beforeHandling: (hook) => {
      world.beforeHandling = hook;
    },
    clear: () => {
      faults.clear();
      world.beforeHandling = undefined;
      reads.lag = undefined;
      reads.settle();
      world.replication = AT_ONCE;
    },
  };
}

type Seed = { name: string; value: Value | undefined; traits: SecretTraits };

function seedSecret(secrets: Secrets, random: Random, { name, value, traits }: Seed): void {
  const { region = DEFAULT_REGION, ...rest } = traits;
  const secret = Object.assign(secrets.find(name) ?? secrets.add(name, region, {}), rest);
  if (value !== undefined) addVersion(secret, uuid(random), value, [CURRENT]);
}
