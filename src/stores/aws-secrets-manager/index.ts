import type { DrivenStore } from '../driven-store.js';
import type { Store } from '../store.js';
import { AnnouncedVersions } from './announced.js';
import { AwsSecretsManagerStore } from './aws-store.js';
import type { AwsSecretsManagerConfig } from './config.js';
import { Notebook } from './notes.js';
import { partsOf, type AwsSecretsManagerDeps } from './parts.js';

export type { AwsSecretsManagerDeps } from './parts.js';
export { awsSecretsManagerConfig, type AwsSecretsManagerConfig } from './config.js';

/** Nothing is loaded or sent before the first call of a method. */
export function createAwsSecretsManagerStore(
  config: AwsSecretsManagerConfig,
  deps: AwsSecretsManagerDeps,
): Store {
  return new AwsSecretsManagerStore(config, deps);
}

/** The same secret, as the function sees it that AWS calls to rotate it. */
export function createAwsDrivenStore(
  config: AwsSecretsManagerConfig,
  deps: AwsSecretsManagerDeps,
): DrivenStore {
  const parts = partsOf(config, deps);
  return {
    place: parts.place,
    store: new AwsSecretsManagerStore(config, deps),
    announced: new AnnouncedVersions(parts, config.secretId),
    notes: new Notebook(parts),
  };
}
