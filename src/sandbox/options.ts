import type { Authority } from './certificates.js';
import type { Network } from './https-front.js';
import type { Ledger } from './ledger.js';
import type { Random } from './random.js';

export type ResourceKind = 'apm' | 'integrations_server';
export type ApmServerMode = 'standalone' | 'managed';
export type ResourceStatus = 'started' | 'stopped' | 'reconfiguring' | 'initializing' | 'stopping';

export type DeploymentOptions = {
  readonly name: string;
  readonly kind: ResourceKind;
  readonly mode: ApmServerMode;
  readonly tags?: Readonly<Record<string, string>>;
  /** Default `main-apm` or `main-integrations_server`, which is what the platform gives; users may choose their own. */
  readonly refId?: string;
  /** APM Server instances behind the one URL. Default 3. */
  readonly instances?: number;
  /** Default `started`; anything else serves nobody. */
  readonly status?: ResourceStatus;
  /** Stack version. Below 8 the API tells no service URLs, only an endpoint and a port. */
  readonly version?: string;
};

export type Timings = {
  /** Of each Cloud API answer, give or take a quarter; half before the effect and half after. Default 0. */
  readonly apiLatencyMs: number;
  /** From an accepted change until its plan is applied or has failed. Default 1500. */
  readonly planMs: number;
  /** Right after a change: how long the pending plan shows as absent, present, absent. Default 150. */
  readonly flickerMs: number;
  /** After a plan was applied: instances load the new token at moments spread over this time. Default 300. */
  readonly switchSpreadMs: number;
  /** From a saved Fleet policy until the first Elastic Agent has it; seconds on Elastic Cloud. Default 150. */
  readonly checkInMs: number;
};

export type RateLimit = { readonly limit: number; readonly intervalMs: number };

export type SandboxOptions = {
  readonly seed?: number;
  readonly deployments?: readonly DeploymentOptions[];
  readonly timings?: Partial<Timings>;
  /** The most deployments in one page of a search, whatever size is asked for. Default 100. */
  readonly pageSize?: number;
  /** Of the Cloud API, over all callers. Elastic publishes no numbers. Default 100,000 calls in 60 s. */
  readonly rateLimit?: RateLimit;
  /** Told in `X-Elastic-Api-Key-Expiration`. Default 90 days from now, which is what the console proposes. */
  readonly apiKeyExpires?: Date;
  /** To be shared with other parts of one world. */
  readonly authority?: Authority;
  /** Default: TLS on loopback. */
  readonly network?: Network;
  readonly ledger?: Ledger;
  readonly random?: Random;
};

export const DEFAULT_DEPLOYMENTS: readonly DeploymentOptions[] = [
  { name: 'checkout-prod', kind: 'apm', mode: 'standalone', tags: { env: 'prod', team: 'checkout' } },
  {
    name: 'search-prod',
    kind: 'integrations_server',
    mode: 'managed',
    tags: { env: 'prod', team: 'search' },
  },
  { name: 'billing-staging', kind: 'apm', mode: 'managed', tags: { env: 'staging', team: 'billing' } },
];

export const DEFAULT_TIMINGS: Timings = {
  apiLatencyMs: 0,
  planMs: 1500,
  flickerMs: 150,
  switchSpreadMs: 300,
  checkInMs: 150,
};
export const DEFAULT_RATE_LIMIT: RateLimit = { limit: 100_000, intervalMs: 60_000 };
export const DEFAULT_PAGE_SIZE = 100;
export const DEFAULT_KEY_LIFE_MS = 90 * 24 * 3_600_000;
