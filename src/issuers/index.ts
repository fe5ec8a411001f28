import {
  createElasticCloudIssuer,
  type ElasticCloudConfig,
  type ElasticCloudDeps,
} from './elastic-cloud/index.js';
import type { Issuer } from './issuer.js';

type IssuerParts = {
  readonly 'elastic-cloud': { readonly config: ElasticCloudConfig; readonly deps: ElasticCloudDeps };
};

export type IssuerKind = keyof IssuerParts;

type Registry = {
  readonly [Kind in IssuerKind]: (
    config: IssuerParts[Kind]['config'],
    deps: IssuerParts[Kind]['deps'],
  ) => Issuer;
};

const issuers: Registry = {
  'elastic-cloud': createElasticCloudIssuer,
};

/** The kinds that a config may name. */
export const issuerKinds = ['elastic-cloud'] as const satisfies readonly IssuerKind[];

export function createIssuer<Kind extends IssuerKind>(
  kind: Kind,
  config: IssuerParts[Kind]['config'],
  deps: IssuerParts[Kind]['deps'],
): Issuer {
  return issuers[kind](config, deps);
}
