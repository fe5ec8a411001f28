import { Agent } from 'node:https';
import type { Secret } from '../../src/rotation/secret.js';
import type { OperationName } from '../../src/sandbox/secrets-manager/index.js';
import { createStore, type StoreConfig } from '../../src/stores/index.js';
import type { Store, VersionId } from '../../src/stores/store.js';
import type { StoreHarness } from '../contracts/store-bench.js';
import { setEnvironment } from './environment.js';
import { joinRealms } from './one-realm.js';
import { freshName, REGION, SecretsManagerWorld } from '../sandbox/secrets-manager-world.js';

/** As long as production's in steps, and short. */
const READ_DELAYS_MS = [5, 10, 20, 40, 80, 160, 320];
const LAGGING_READS = 3;
/** The tries of the SDK for one request. */
const SDK_TRIES = 3;

const KEY_IN_JSON = 'apm_token';
const OWN_LABEL = /^rotor-[0-9a-f]{16}$/;

/** The sandbox's secrets manager, the adapter in front of it, and credentials where the SDK looks for them. */
export class AwsWorld {
  readonly #restore: () => void;

  private constructor(readonly sandbox: SecretsManagerWorld) {
    const { accessKeyId, secretAccessKey } = sandbox.keys;
    const restore = setEnvironment({
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    });
    const splitRealms = joinRealms();
    this.#restore = () => {
      restore();
      splitRealms();
    };
  }

  static async start(): Promise<AwsWorld> {
    return new AwsWorld(await SecretsManagerWorld.start());
  }

  get server() {
    return this.sandbox.server;
  }

  store(secretId: string, over: Partial<StoreConfig> = {}, withinMs?: number): Store {
    return createStore(this.config(secretId, over), {
      agent: this.sandbox.agent,
      readDelaysMs: READ_DELAYS_MS,
      ...(withinMs !== undefined && { withinMs }),
    });
  }

  /** As another process has it: within one the clients are shared, and keep the credentials that they have found. */
  storeElsewhere(secretId: string, withinMs?: number): Store {
    return createStore(this.config(secretId), {
      agent: new Agent(this.sandbox.agent.options),
      ...(withinMs !== undefined && { withinMs }),
    });
  }

  config(secretId: string, over: Partial<StoreConfig> = {}): StoreConfig {
    return { type: 'aws-secrets-manager', secretId, region: REGION, endpoint: this.server.url, ...over };
  }

  /** Each try of the SDK fails in this way. */
  failEachTry(
    operation: OperationName,
    fault: Parameters<SecretsManagerWorld['server']['faults']['inject']>[1],
  ): void {
    this.server.faults.inject(operation, fault, SDK_TRIES);
  }

  async close(): Promise<void> {
    this.#restore();
    await this.sandbox.close();
  }
}

/** A secret of its own in the shared world; `asJson`: the token stands in JSON, beside a neighbour. */
export function awsHarness(world: AwsWorld, token: Secret | undefined, asJson: boolean): StoreHarness {
  const name = freshName();
  const secret = world.server.secret(name);
  const textOf = (value: Secret): string =>
    asJson ? JSON.stringify({ user: 'elastic', [KEY_IN_JSON]: value.reveal() }) : value.reveal();
  const tokenIn = (text: string): string => (asJson ? (tokenInJson(text) ?? '') : text);
  if (token) world.server.seed(name, { text: textOf(token) }, { region: REGION });
  return {
    open: () => world.store(name, asJson ? { key: KEY_IN_JSON } : {}),
    currentVersion: () => secret.labels()['AWSCURRENT'] as VersionId | undefined,
    held: () => new Map(secret.versions().map(({ id, text = '' }) => [id as VersionId, tokenIn(text)])),
    labelled: () =>
      secret
        .versions()
        .filter(({ labels }) => labels.some((label) => OWN_LABEL.test(label)))
        .map(({ id }) => id as VersionId),
    moveCurrentTo: (value) => {
      world.server.moveLabelBySomeoneElse(name, textOf(value));
      return secret.labels()['AWSCURRENT'] as VersionId;
    },
    lag: () => world.server.faults.lag({ reads: LAGGING_READS }),
    loseReply: (call) => {
      const operation = call === 'stage' ? 'PutSecretValue' : 'UpdateSecretVersionStage';
      const made = call === 'stage' && secret.arn === undefined ? 'CreateSecret' : operation;
      world.failEachTry(made, { effect: 'lost' });
    },
    hold: () => held(world),
    close: () => {
      world.server.faults.clear();
      return Promise.resolve();
    },
  };
}

function tokenInJson(text: string): string | undefined {
  const parsed = JSON.parse(text) as Readonly<Record<string, string>>;
  return parsed[KEY_IN_JSON];
}

function held(world: AwsWorld): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  world.server.faults.beforeHandling(() => {
    resolve(undefined);
    return new Promise(() => {});
  });
  return promise;
}
