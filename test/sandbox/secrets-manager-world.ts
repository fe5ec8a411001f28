import { randomBytes, randomUUID } from 'node:crypto';
import { Agent } from 'node:https';
import { expect } from '@jest/globals';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { createAuthority } from '../../src/sandbox/certificates.js';
import { createLedger, type Ledger } from '../../src/sandbox/ledger.js';
import { startSecretsManager, type SecretsManager } from '../../src/sandbox/secrets-manager/index.js';

export type Keys = { readonly accessKeyId: string; readonly secretAccessKey: string };

export const REGION = 'eu-central-1';

/** A running secrets manager, and clients of the real SDK for it. */
export class SecretsManagerWorld {
  readonly #clients = new Map<Keys, SecretsManagerClient>();

  private constructor(
    readonly server: SecretsManager,
    readonly ledger: Ledger,
    readonly keys: Keys,
    readonly agent: Agent,
  ) {}

  static async start(): Promise<SecretsManagerWorld> {
    const authority = await createAuthority();
    const ledger = createLedger();
    const keys = randomKeys();
    const server = await startSecretsManager({ authority, ledger, ...keys });
    return new SecretsManagerWorld(server, ledger, keys, new Agent({ ca: authority.caPem }));
  }

  /** One try per request, so that a test sees each answer. */
  client(keys: Keys = this.keys): SecretsManagerClient {
    const known = this.#clients.get(keys);
    if (known) return known;
    const client = new SecretsManagerClient({
      endpoint: this.server.url,
      region: REGION,
      credentials: keys,
      maxAttempts: 1,
      requestHandler: new NodeHttpHandler({ httpsAgent: this.agent }),
    });
    this.#clients.set(keys, client);
    return client;
  }

  /** With one version, which is current. */
  async createdSecret(): Promise<{ name: string; first: string; value: string }> {
    const created = { name: freshName(), first: versionToken(), value: randomValue() };
    const { name: Name, first: ClientRequestToken, value: SecretString } = created;
    await this.client().send(new CreateSecretCommand({ Name, ClientRequestToken, SecretString }));
    return created;
  }

  /** Without labels: AWSCURRENT. Returns the version. */
  async putVersion(name: string, stages?: string[], value: string = randomValue()): Promise<string> {
    const ClientRequestToken = versionToken();
    const VersionStages = stages && { VersionStages: stages };
    const input = { SecretId: name, ClientRequestToken, SecretString: value, ...VersionStages };
    await this.client().send(new PutSecretValueCommand(input));
    return ClientRequestToken;
  }

  async get(name: string, by: { VersionId?: string; VersionStage?: string } = {}): Promise<string> {
    const input = { SecretId: name, ...by };
    const { SecretString = '' } = await this.client().send(new GetSecretValueCommand(input));
    return SecretString;
  }

  async scheduleDeletion(name: string): Promise<void> {
    await this.client().send(new DeleteSecretCommand({ SecretId: name }));
  }

  async moveCurrent(name: string, to: string, from: string): Promise<void> {
    const ids = { MoveToVersionId: to, RemoveFromVersionId: from };
    const input = { SecretId: name, VersionStage: 'AWSCURRENT', ...ids };
    await this.client().send(new UpdateSecretVersionStageCommand(input));
  }

  async close(): Promise<void> {
    for (const client of this.#clients.values()) client.destroy();
    this.agent.destroy();
    await this.server.close();
  }
}

export function randomKeys(): Keys {
  return {
    accessKeyId: randomBytes(10).toString('hex').toUpperCase(),
    secretAccessKey: randomBytes(30).toString('base64url'),
  };
}

export function randomValue(): string {
  return randomBytes(24).toString('base64url');
}

/** A version id, as a client chooses it. */
export function versionToken(): string {
  return randomBytes(32).toString('hex');
}

export function freshName(): string {
  return `apm/${randomUUID()}`;
}

/** An error of the service, by its name. */
export const refused = (name: string): unknown => expect.objectContaining({ name });
