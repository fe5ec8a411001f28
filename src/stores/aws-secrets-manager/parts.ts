import type { Agent } from 'node:https';
import type { Secret } from '../../rotation/secret.js';
import { SecretApi } from './api.js';
import type { AwsSecretsManagerConfig } from './config.js';
import { placeOf } from './identity.js';
import { READ_DELAYS_MS } from './patience.js';
import { VersionReader, type ReaderParts } from './reader.js';
import { secretCalls, type KeyInUse } from './sdk.js';
import { UpkeepApi } from './upkeep-api.js';
import { jsonFormat, plainFormat } from './value-format.js';

export type AwsSecretsManagerDeps = {
  /** Proxy and private authorities live there. */
  readonly agent: Agent;
  /** Milliseconds between looks for something that AWS does not show yet. Default: eight looks within ten seconds. */
  readonly readDelaysMs?: readonly number[];
  /** Milliseconds for one call, all tries of the SDK together. Default: 40 seconds. */
  readonly withinMs?: number;
  /** From the event of a rotation that AWS drives. */
  readonly rotationToken?: Secret;
};

/** What everything that works on one secret shares. */
export type StoreParts = ReaderParts & { readonly reader: VersionReader; readonly upkeep: UpkeepApi };

export function partsOf(config: AwsSecretsManagerConfig, deps: AwsSecretsManagerDeps): StoreParts {
  const { agent, readDelaysMs, withinMs, rotationToken } = deps;
  const key: KeyInUse = { kmsKeyId: undefined };
  const calls = secretCalls(config, agent, key, withinMs);
  const parts = {
    api: new SecretApi(config, { calls, key }, rotationToken),
    upkeep: new UpkeepApi(config.secretId, calls),
    format: config.key === undefined ? plainFormat : jsonFormat(config.key),
    place: placeOf(config),
    delaysMs: readDelaysMs ?? READ_DELAYS_MS,
  };
  return { ...parts, reader: new VersionReader(parts) };
}
