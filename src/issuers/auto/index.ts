import { RotorError } from '../../rotation/errors.js';
import type {
  Issuer,
  IssuerSource,
  IssuerView,
  ResettableIssuer,
  Resource,
  SettableIssuer,
} from '../issuer.js';
import { findApm, type ApmPlace } from '../elastic-cloud/apm-resource.js';
import { apmUrlOf, otherApmUrlsOf } from '../elastic-cloud/apm-url.js';
import { CloudApi, type CloudApiDeps } from '../elastic-cloud/api.js';
import { findDeploymentId } from '../elastic-cloud/discovery.js';
import { createElasticCloudIssuer } from '../elastic-cloud/index.js';
import type { Deployment } from '../elastic-cloud/schemas.js';
import type { ResourceSelect } from '../select.js';
import { kibanaUrlOf } from './kibana-url.js';

export type AutoConfig = {
  readonly select: ResourceSelect;
  /** The config names Fleet: a standalone APM Server is refused instead of reset. */
  readonly only?: 'fleet';
};

/** Where the Fleet policy of a deployment is edited. */
export type FleetPlace = {
  readonly kibanaUrl: string;
  readonly apmUrl: string;
  /** Other addresses of the same APM Server. */
  readonly alsoAt?: readonly string[];
  /** What names this Kibana, whichever of its URLs is used: the deployment's id. */
  readonly identity: string;
};

export type AutoDeps = CloudApiDeps & {
  /** Throws `config_invalid` where the rotation has no credentials for Kibana. */
  readonly fleetAt: (place: FleetPlace) => SettableIssuer;
};

type Managed = Extract<ApmPlace, { mode: 'managed' }>;

/**
 * Asks the deployment who holds the token: `_reset-token` for a standalone APM Server, the APM integration's policy
 * in Fleet where Elastic Agent manages it, which is the default since 8.0
 * (https://www.elastic.co/docs/deploy-manage/deploy/cloud-enterprise/switch-from-apm-to-integrations-server-payload).
 */
export class AutoSource implements IssuerSource {
  readonly #config: AutoConfig;
  readonly #deps: AutoDeps;
  readonly #api: CloudApi;
  readonly #reset: ResettableIssuer;

  constructor(config: AutoConfig, deps: AutoDeps) {
    this.#config = config;
    this.#deps = deps;
    this.#api = new CloudApi(deps);
    this.#reset = createElasticCloudIssuer({ select: config.select }, deps);
  }

  async resolve(signal: AbortSignal): Promise<Resource> {
    const deployment = await this.#deployment(signal);
    const place = findApm(deployment, this.#config.select.refId);
    if (place.mode === 'managed') return this.#inFleet(deployment, place, signal);
    if (this.#config.only === 'fleet') throw notInFleet(place.label);
    const chosen = `${place.label}: APM is standalone, so its token is reset through the Elastic Cloud API.`;
    return { ...(await this.#reset.resolve(signal)), chosen };
  }

  of(resource: Resource): Issuer {
    const { kibanaUrl, apmUrl, identity, alsoAt } = resource.address;
    if (kibanaUrl && apmUrl && identity) {
      const others = alsoAt ? { alsoAt: alsoAt.split(' ') } : {};
      const fleet = this.#deps.fleetAt({ kibanaUrl, apmUrl, identity, ...others });
      return {
        kind: 'caller-chosen',
        resolve: async (signal) => this.resolve(signal),
        set: async (...asked) => fleet.set(...asked),
        inspect: async (where, signal) =>
          fleet.inspect(where, signal).catch(async (error: unknown) => {
            throw (await this.#goneOf(identity, signal)) ?? error;
          }),
      };
    }
    return {
      kind: 'server-chosen',
      resolve: async (signal) => this.resolve(signal),
      reset: async (where, signal) => this.#reset.reset(where, signal),
      inspect: async (where, signal) => this.#inspect(where, signal),
    };
  }

  /** A deployment that was switched in mid-run shows its token in Fleet from then on. */
  async #inspect(resource: Resource, signal: AbortSignal): Promise<IssuerView> {
    const view = await this.#reset.inspect(resource, signal);
    if (view.moved === undefined) return view;
    const fleet = this.#fleetOrNone(await this.#deployment(signal), view.apmUrl);
    if (fleet === undefined) return view;
    const { current } = await fleet.inspect(await fleet.resolve(signal), signal);
    return { ...view, current };
  }

  /** A Kibana that does not answer may be down, or gone with its deployment: that the Cloud API alone can tell. */
  async #goneOf(deploymentId: string, signal: AbortSignal): Promise<RotorError | undefined> {
    try {
      await this.#api.deployment(deploymentId, signal);
      return undefined;
    } catch (error) {
      return error instanceof RotorError && error.code === 'upstream_not_found' ? error : undefined;
    }
  }

  async #inFleet(deployment: Deployment, place: Managed, signal: AbortSignal): Promise<Resource> {
    const where = {
      kibanaUrl: kibanaUrlOf(deployment),
      apmUrl: apmUrlOf(place.metadata, place.label),
      identity: deployment.id,
    };
    const found = await this.#deps.fleetAt(where).resolve(signal);
    const others = otherApmUrlsOf(place.metadata).join(' ');
    return {
      ...found,
      address: { ...found.address, ...where, ...(others !== '' && { alsoAt: others }) },
      chosen: `${place.label}: ${place.why}, so its token is set in Kibana Fleet, in ${found.label}.`,
    };
  }

  #fleetOrNone(deployment: Deployment, apmUrl: string): SettableIssuer | undefined {
    try {
      return this.#deps.fleetAt({ kibanaUrl: kibanaUrlOf(deployment), apmUrl, identity: deployment.id });
    } catch (error) {
      // Without credentials, or without a Kibana, the APM Server alone can tell.
      if (error instanceof RotorError && ['config_invalid', 'resource_unavailable'].includes(error.code))
        return undefined;
      throw error;
    }
  }

  async #deployment(signal: AbortSignal): Promise<Deployment> {
    const id = await findDeploymentId(this.#config.select, this.#api, signal);
    return (await this.#api.deployment(id, signal)).body;
  }
}

function notInFleet(label: string): RotorError {
  return new RotorError(
    'not_rotatable',
    `${label}: APM is standalone, so its token is not in Kibana Fleet.`,
    { effect: 'not_applied', hint: 'Use `issuer: auto` (the default) or `issuer: elastic-cloud`.' },
  );
}
