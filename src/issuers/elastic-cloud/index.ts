import { RotorError } from '../../rotation/errors.js';
import type { Secret } from '../../rotation/secret.js';
import type { IssuerView, Resource, ResettableIssuer } from '../issuer.js';
import { assertRotatable, labelOf, selectApmResource } from './apm-resource.js';
import { CloudApi, type CloudApiDeps } from './api.js';
import { findDeploymentId } from './discovery.js';
import { credentialExpiry, viewOf } from './plan-view.js';
import { notRotatable } from './refusals.js';
import type { Deployment } from './schemas.js';
import type { ElasticCloudSelect } from './select.js';

export { elasticCloudSelect, type ElasticCloudSelect } from './select.js';

export type ElasticCloudConfig = { readonly select: ElasticCloudSelect };
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
    const found = deployment.resources.apm?.find((one) => one.ref_id === refId);
    if (found === undefined) throw goneFrom(deployment, resource);
    const expires = credentialExpiry(headers['x-elastic-api-key-expiration']);
    return viewOf(deployment, assertRotatable(found, deployment), expires);
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

/** An Integrations Server in its place means that the deployment was switched to managed APM. */
function goneFrom({ resources }: Deployment, { label }: Resource): RotorError {
  if (resources.integrations_server?.length)
    return notRotatable(label, 'an Integrations Server has taken its place');
  return new RotorError('upstream_not_found', `${label}: the deployment has no such APM resource any more.`);
}
