import { RotorError } from '../../rotation/errors.js';
import { notRotatable } from './refusals.js';
import type { ApmResource, Deployment } from './schemas.js';

/** Statuses in which nothing serves agents, so no change could be proved. */
const NOT_SERVING = new Set(['stopped', 'stopping', 'initializing']);

/**
 * The APM resource that is meant. Throws `resource_unavailable`, `resource_ambiguous`, or `not_rotatable` for one that
 * is managed by Elastic Agent.
 */
export function selectApmResource(deployment: Deployment, refId: string | undefined): ApmResource {
  const all = deployment.resources.apm ?? [];
  const found = refId === undefined ? all : all.filter((one) => one.ref_id === refId);
  const [only, ...more] = found;
  if (only === undefined) throw noApmResource(deployment, refId);
  if (more.length > 0) {
    const names = found.map((one) => one.ref_id).join(', ');
    throw new RotorError(
      'resource_ambiguous',
      `${deployment.name}: has ${found.length} APM resources: ${names}.`,
      {
        hint: 'Name one of them with refId.',
      },
    );
  }
  return assertRotatable(only, deployment);
}

/** Throws `not_rotatable` where it is managed by Elastic Agent, `resource_unavailable` where it serves nobody. */
export function assertRotatable(resource: ApmResource, deployment: Deployment): ApmResource {
  const label = labelOf(deployment, resource.ref_id);
  const { status, apm_server_mode: mode } = resource.info;
  if (mode === 'managed') throw notRotatable(label, 'APM is managed by Elastic Agent');
  if (!NOT_SERVING.has(status)) return resource;
  throw new RotorError('resource_unavailable', `${label}: its status is ${status}, expected started.`, {
    hint: 'Start the resource in the Elastic Cloud console, then try again.',
  });
}

export function labelOf(deployment: Deployment, refId: string): string {
  return `${deployment.name} / ${refId}`;
}

function noApmResource(deployment: Deployment, refId: string | undefined): RotorError {
  const servers = deployment.resources.integrations_server ?? [];
  const hasApm = (deployment.resources.apm ?? []).length > 0;
  const server = servers.find((one) => one.ref_id === refId) ?? (hasApm ? undefined : servers[0]);
  if (server) {
    const mode = server.info?.apm_server_mode === 'managed' ? 'managed' : 'run';
    return notRotatable(labelOf(deployment, server.ref_id), `APM is ${mode} by an Integrations Server`);
  }
  const known = (deployment.resources.apm ?? []).map((one) => one.ref_id).join(', ') || 'none';
  const wanted =
    refId === undefined ? 'no APM resource' : `no APM resource ${refId}; its APM resources: ${known}`;
  return new RotorError('resource_unavailable', `${deployment.name}: has ${wanted}.`, {
    hint: 'Add APM to the deployment, or select another one.',
  });
}
