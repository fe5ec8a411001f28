import { RotorError } from '../../rotation/errors.js';
import type { Secret } from '../../rotation/secret.js';
import type { IssuerView, Resource, ResettableIssuer } from '../issuer.js';
import { findApm, labelOf, selectApmResource, type ApmPlace } from './apm-resource.js';
import { apmUrlOf } from './apm-url.js';
import { CloudApi, type CloudApiDeps } from './api.js';
import { findDeploymentId } from './discovery.js';
import { credentialExpiry, viewOf } from './plan-view.js';
import type { Deployment } from './schemas.js';
import type { ResourceSelect } from '../select.js';

export type ElasticCloudConfig = { readonly select: ResourceSelect };
export type ElasticCloudDeps = CloudApiDeps;

/**
 * Standalone APM of Elastic Cloud Hosted and Elastic Cloud Enterprise (3.3 or newer), by `_reset-token`. Where APM is
 * managed by Elastic Agent, `resolve` says so before anything is sent that could change it.
 */
export function createElasticCloudIssuer(
  config: ElasticCloudConfig,
  deps: ElasticCloudDeps,
): ResettableIssuer {
  return new ElasticCloudIssuer(config, new CloudApi(deps));
}

class ElasticCloudIssuer implements ResettableIssuer {
  readonly kind = 'server-chosen';
  readonly #config: ElasticCloudConfig;
  readonly #api: CloudApi;

  constructor(config: ElasticCloudConfig, api: CloudApi) {
    this.#config = config;
    this.#api = api;
  }

  async resolve(signal: AbortSignal): Promise<Resource> {
    const { select } = this.#config;
    const deploymentId = await findDeploymentId(select, this.#api, signal);
    const { body: deployment } = await this.#api.deployment(deploymentId, signal);
    const { ref_id: refId } = selectApmResource(deployment, select.refId);
    return {
      key: `elastic-cloud:${this.#api.host}/${deployment.id}/${refId}`,
      label: labelOf(deployment, refId),
      address: { deploymentId: deployment.id, refId },
    };
  }

  async inspect(resource: Resource, signal: AbortSignal): Promise<IssuerView> {
    const { deploymentId, refId } = addressOf(resource);
    const { body: deployment, headers } = await this.#api.deployment(deploymentId, signal);
    if (!hasApm(deployment)) throw gone(resource);
    const expires = credentialExpiry(headers['x-elastic-api-key-expiration']);
    const place = findApm(deployment, refId);
    return place.mode === 'standalone' ? viewOf(deployment, place.resource, expires) : movedView(place);
  }

  async reset(resource: Resource, signal: AbortSignal): Promise<Secret> {
    const { deploymentId: id, refId } = addressOf(resource);
    return this.#api.resetToken({ id, refId, label: resource.label }, signal);
  }
}

function addressOf({ address, label }: Resource): { deploymentId: string; refId: string } {
  const { deploymentId, refId } = address;
  if (deploymentId && refId) return { deploymentId, refId };
  throw new RotorError('internal', `${label}: its address lacks a deployment id or a ref id.`, {
    effect: 'not_applied',
  });
}

function hasApm({ resources }: Deployment): boolean {
  return (resources.apm ?? []).length + (resources.integrations_server ?? []).length > 0;
}

/** The plan's token is only the one that the deployment began with: https://github.com/elastic/kibana/issues/89989. */
function movedView({ label, why, metadata }: Extract<ApmPlace, { mode: 'managed' }>): IssuerView {
  const moved = `${label}: ${why} by now, so its token is set in Kibana Fleet.`;
  return { apmUrl: apmUrlOf(metadata, label), current: 'unreadable', moved, precondition: '' };
}

function gone({ label }: Resource): RotorError {
  return new RotorError('upstream_not_found', `${label}: the deployment has no such APM resource any more.`);
}
