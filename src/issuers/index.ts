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

/** Who chooses the token, known before an issuer is built: a run is opened with it. */
export const issuerChoices = {
  'elastic-cloud': 'server-chosen',
} as const satisfies Record<IssuerKind, Issuer['kind']>;

/** The kinds that a config may name. */
export const issuerKinds = ['elastic-cloud'] as const satisfies readonly IssuerKind[];

export function createIssuer<Kind extends IssuerKind>(
  kind: Kind,
  config: IssuerParts[Kind]['config'],
  deps: IssuerParts[Kind]['deps'],
): Issuer {
  return issuers[kind](config, deps);
}
