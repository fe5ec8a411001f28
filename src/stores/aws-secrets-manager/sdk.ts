import type { Agent } from 'node:https';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Calls } from '../../aws/calls.js';
import type { AwsService } from '../../aws/clients.js';
import type { AwsSecretsManagerConfig } from './config.js';
import { storeFault } from './faults.js';
import { placeOf, regionOf } from './identity.js';

type Opened = {
  readonly sdk: typeof import('@aws-sdk/client-secrets-manager');
  readonly client: SecretsManagerClient;
};

export type SecretCalls = Calls<Opened>;

/** For what is said of a key that cannot be used, once it is known. */
export type KeyInUse = { kmsKeyId: string | undefined };

const SERVICE: AwsService = {
  name: 'AWS Secrets Manager',
  iam: 'secretsmanager',
  variable: 'AWS_ENDPOINT_URL_SECRETS_MANAGER',
};

/** Makes calls about one secret; what goes wrong is thrown as a fault. */
export function secretCalls(
  config: AwsSecretsManagerConfig,
  agent: Agent,
  key: Readonly<KeyInUse>,
  withinMs: number | undefined,
): SecretCalls {
  const { endpoint, credentials } = config;
  return new Calls<Opened>({
    service: SERVICE,
    place: { region: regionOf(config), endpoint, credentials },
    agent,
    withinMs,
    fault: (error, action) =>
      storeFault(error, { service: SERVICE.name, action, place: placeOf(config), kmsKeyId: key.kmsKeyId }),
    open: async (settings) => {
      const sdk = await import('@aws-sdk/client-secrets-manager');
      // Tries of one request. The writes may be sent again as well: a version is made once for one ClientRequestToken,
      // and a label moved by a request whose answer was lost is found where it should be.
      return { sdk, client: new sdk.SecretsManagerClient({ ...settings, maxAttempts: 3 }) };
    },
  });
}
