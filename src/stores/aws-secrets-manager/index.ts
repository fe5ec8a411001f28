import type { Store } from '../store.js';
import { AwsSecretsManagerStore, type AwsSecretsManagerDeps } from './aws-store.js';
import type { AwsSecretsManagerConfig } from './config.js';

export type { AwsSecretsManagerDeps } from './aws-store.js';
export { awsSecretsManagerConfig, type AwsSecretsManagerConfig } from './config.js';

/** Nothing is loaded or sent before the first call of a method. */
export function createAwsSecretsManagerStore(
  config: AwsSecretsManagerConfig,
  deps: AwsSecretsManagerDeps,
): Store {
  return new AwsSecretsManagerStore(config, deps);
}
