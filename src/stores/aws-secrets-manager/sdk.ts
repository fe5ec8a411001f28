import type { Agent } from 'node:https';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { forgetFor, keptFor } from '../../aws/clients.js';
import { assumedRole, forgetRole } from './assumed-role.js';
import type { AwsSecretsManagerConfig } from './config.js';
import { clientBasics } from './client-basics.js';
import { regionOf } from './identity.js';

type Sdk = typeof import('@aws-sdk/client-secrets-manager');

export type Opened = { readonly sdk: Sdk; readonly client: SecretsManagerClient };

const SERVICE = { service: 'AWS Secrets Manager', variable: 'AWS_ENDPOINT_URL_SECRETS_MANAGER' };

/** One for all secrets of a place, since each has caches and credentials of its own, and there may be a thousand. */
export async function clientFor(config: AwsSecretsManagerConfig, agent: Agent): Promise<Opened> {
  return keptFor(agent, placeOf(config), async () => openClient(config, agent));
}

/** Its credentials were refused: there may be others by now. */
export function forgetClient(config: AwsSecretsManagerConfig, agent: Agent): void {
  forgetFor(agent, placeOf(config));
  forgetRole(config, agent);
}

function placeOf(config: AwsSecretsManagerConfig): string {
  return JSON.stringify(['secretsmanager', regionOf(config), config.endpoint, config.credentials]);
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
