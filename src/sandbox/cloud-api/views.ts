import type { SandboxDeployment } from '../deployment.js';
import { planInfo, type Show } from './plan-view.js';

const ELASTICSEARCH_REF = 'main-elasticsearch';

/** The swagger's DeploymentsListingData: neither tags nor plans. */
export function listingView(deployment: SandboxDeployment): object {
  const { id, name, region } = deployment;
  const attached = { region, elasticsearch_cluster_ref_id: ELASTICSEARCH_REF };
  return {
    id,
    name,
    resources: [
      { ref_id: ELASTICSEARCH_REF, kind: 'elasticsearch', id: deployment.elasticsearchId, region },
      { ref_id: 'main-kibana', kind: 'kibana', id: deployment.kibanaId, ...attached },
      { ref_id: deployment.refId, kind: deployment.kind, id: deployment.resourceId, ...attached },
    ],
  };
}

/** The swagger's DeploymentGetResponse and DeploymentSearchResponse. */
export function deploymentView(deployment: SandboxDeployment, show: Show): object {
  return {
    id: deployment.id,
    name: deployment.name,
    alias: deployment.name,
    healthy: !deployment.plans.lastFailed,
    resources: resourcesView(deployment, show),
    metadata: { tags: deployment.tags },
  };
}

/** The swagger's ApmResourceInfo and IntegrationsServerResourceInfo. */
export function resourceView(deployment: SandboxDeployment, show: Show): object {
  const { refId, resourceId, region, name, status, mode } = deployment;
  return {
    ref_id: refId,
    elasticsearch_cluster_ref_id: ELASTICSEARCH_REF,
    id: resourceId,
    region,
    info: {
      id: resourceId,
      name,
      deployment_id: deployment.id,
      elasticsearch_cluster: { elasticsearch_id: deployment.elasticsearchId },
      healthy: !deployment.plans.lastFailed,
      status,
      apm_server_mode: mode,
      plan_info: planInfo(deployment, show),
      metadata: metadata(deployment),
      topology: topology(deployment),
      external_links: [],
      region,
      settings: { metadata: { name } },
    },
  };
}

function resourcesView(deployment: SandboxDeployment, show: Show): object {
  const { name, region, elasticsearchId, kibanaId, kind } = deployment;
  const own = [resourceView(deployment, show)];
  const attached = { region, elasticsearch_cluster_ref_id: ELASTICSEARCH_REF };
  const started = { healthy: true, status: 'started' };
  return {
    elasticsearch: [
      {
        ref_id: ELASTICSEARCH_REF,
        id: elasticsearchId,
        region,
        info: { cluster_id: elasticsearchId, cluster_name: name, ...started },
      },
    ],
    kibana: [
      {
        ref_id: 'main-kibana',
        id: kibanaId,
        ...attached,
        info: { cluster_id: kibanaId, cluster_name: name, ...started, metadata: kibanaMetadata(deployment) },
      },
    ],
    apm: kind === 'apm' ? own : [],
    integrations_server: kind === 'integrations_server' ? own : [],
    appsearch: [],
    enterprise_search: [],
  };
}

/**
 * Before 8.0 an endpoint and its port are all there is (elastic/cloud-sdk-go
 * pkg/api/deploymentapi/testdata/apm_get.json); from then on also URLs by service, which are told only while it runs
 * (testdata/integrations_server_get.json, and the swagger's ClusterMetadataInfo).
 */
function metadata(deployment: SandboxDeployment): object {
  const { resourceVersion, modifiedAt, kind, version, server } = deployment;
  const known = {
    version: resourceVersion,
    last_modified: modifiedAt.toISOString(),
    endpoint: '127.0.0.1',
    ports: { http: 9200, https: server.port, transport_passthrough: 9400 },
  };
  if (Number.parseInt(version, 10) < 8) return known;
  const services = kind === 'apm' ? ['apm'] : ['fleet', 'apm', 'ingest'];
  const isRunning = !['stopped', 'stopping', 'initializing'].includes(deployment.status);
  return {
    ...known,
    service_url: server.url,
    aliased_endpoint: '127.0.0.1',
    aliased_url: server.url,
    ...(isRunning ? { services_urls: services.map((service) => ({ service, url: server.url })) } : {}),
  };
}

/** The swagger's ClusterMetadataInfo, as in elastic/cloud-sdk-go pkg/api/deploymentapi/testdata. */
function kibanaMetadata({ kibana, resourceVersion, modifiedAt }: SandboxDeployment): object {
  return {
    version: resourceVersion,
    last_modified: modifiedAt.toISOString(),
    endpoint: '127.0.0.1',
    service_url: kibana.url,
    aliased_url: kibana.url,
  };
}

function topology({ instances, version, status, region }: SandboxDeployment): object {
  const isRunning = status !== 'stopped';
  return {
    healthy: isRunning,
    instances: instances.map(({ name }) => ({
      instance_name: name,
      service_version: version,
      healthy: isRunning,
      container_started: isRunning,
      service_running: isRunning,
      maintenance_mode: false,
      zone: `${region.replace('aws-', '')}a`,
    })),
  };
}
