import type { Agent } from 'node:https';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { assumedRole, forgetRole } from './assumed-role.js';
import type { AwsSecretsManagerConfig } from './config.js';
import { clientBasics } from './client-basics.js';
import { regionOf } from './identity.js';

type Sdk = typeof import('@aws-sdk/client-secrets-manager');

export type Opened = { readonly sdk: Sdk; readonly client: SecretsManagerClient };

/** A client keeps the credentials that it has found in a file or a variable: after this they are looked for anew. */
const KEPT_MS = 60_000;

const SERVICE = { service: 'AWS Secrets Manager', variable: 'AWS_ENDPOINT_URL_SECRETS_MANAGER' };

type Kept = { readonly opened: Promise<Opened>; readonly since: number };
const kept = new WeakMap<Agent, Map<string, Kept>>();

/** One for all secrets of a place, since each has caches and credentials of its own, and there may be a thousand. */
export async function clientFor(config: AwsSecretsManagerConfig, agent: Agent): Promise<Opened> {
  const place = placeOf(config);
  const known = kept.get(agent) ?? new Map<string, Kept>();
  kept.set(agent, known);
  const found = known.get(place);
  if (found && performance.now() - found.since < KEPT_MS) return found.opened;
  const opened = openClient(config, agent);
  known.set(place, { opened, since: performance.now() });
  // What could not be opened is tried anew by the next one.
  opened.catch(() => known.delete(place));
  return opened;
}

/** Its credentials were refused: there may be others by now. */
export function forgetClient(config: AwsSecretsManagerConfig, agent: Agent): void {
  kept.get(agent)?.delete(placeOf(config));
  forgetRole(config, agent);
}

function placeOf(config: AwsSecretsManagerConfig): string {
  return JSON.stringify([regionOf(config), config.endpoint, config.credentials]);
}

/** Loads the SDK now and not with the module: it takes longer than the whole of a command line's start. */
async function openClient(config: AwsSecretsManagerConfig, agent: Agent): Promise<Opened> {
  const sdk = await import('@aws-sdk/client-secrets-manager');
  const role = assumedRole(config, agent);
  const client = new sdk.SecretsManagerClient({
    ...(await clientBasics(SERVICE, regionOf(config), agent)),
    ...(config.endpoint !== undefined && { endpoint: config.endpoint }),
    ...(role && { credentials: async () => role.credentials() }),
  });
  return { sdk, client };
}
