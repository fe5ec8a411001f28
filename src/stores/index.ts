import { z } from 'zod';
import {
  awsSecretsManagerConfig,
  createAwsDrivenStore,
  createAwsSecretsManagerStore,
  type AwsSecretsManagerConfig,
  type AwsSecretsManagerDeps,
} from './aws-secrets-manager/index.js';
import type { DrivenStore } from './driven-store.js';
import type { Store } from './store.js';

export { nameOfSecret, regionOf } from './aws-secrets-manager/identity.js';

/** One line per kind of store. */
export const storeConfig = z.discriminatedUnion('type', [awsSecretsManagerConfig]);

export type StoreConfig = AwsSecretsManagerConfig;
export type StoreDeps = AwsSecretsManagerDeps;

const stores = {
  'aws-secrets-manager': createAwsSecretsManagerStore,
} satisfies Record<StoreConfig['type'], (config: StoreConfig, deps: StoreDeps) => Store>;

export function createStore(config: StoreConfig, deps: StoreDeps): Store {
  return stores[config.type](config, deps);
}

/** Of a store whose own rotation drives Rotor (`drivenBy`). */
export function createDrivenStore(config: StoreConfig, deps: StoreDeps): DrivenStore {
  return createAwsDrivenStore(config, deps);
}
