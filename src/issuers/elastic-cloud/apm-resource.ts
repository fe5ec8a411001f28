import { RotorError } from '../../rotation/errors.js';
import { notRotatable } from './refusals.js';
import type { ApmMetadata, ApmResource, Deployment, OtherResource } from './schemas.js';

/** Statuses in which nothing serves agents, so no change could be proved. */
const NOT_SERVING = new Set(['stopped', 'stopping', 'initializing']);

/** The APM Server of a deployment, and who holds its token: the plan, or the Fleet policy of an Elastic Agent. */
export type ApmPlace =
  | { readonly mode: 'standalone'; readonly label: string; readonly resource: ApmResource }
  | {
      readonly mode: 'managed';
      readonly label: string;
      /** Half a sentence: "APM is managed by Elastic Agent". */
      readonly why: string;
      readonly metadata: ApmMetadata;
    };

type Candidate =
  | { readonly kind: 'apm'; readonly resource: ApmResource }
  | { readonly kind: 'integrations_server'; readonly resource: OtherResource };

/**
 * The one that is meant. Throws `resource_ambiguous`, or `resource_unavailable` where there is none or it serves
 * nobody.
 */
export function findApm(deployment: Deployment, refId: string | undefined): ApmPlace {
  const all = candidatesOf(deployment);
  const named = refId === undefined ? all : all.filter(({ resource }) => resource.ref_id === refId);
  const found = named.length === 0 ? switchedFrom(all) : named;
  const [only, ...more] = found;
  if (only === undefined) throw noApmResource(deployment, refId, all);
  if (more.length > 0) {
    const names = found.map(({ resource }) => resource.ref_id).join(', ');
    throw new RotorError(
      'resource_ambiguous',
      `${deployment.name}: has ${found.length} APM resources: ${names}.`,
      { hint: 'Name one of them with refId.' },
    );
  }
  return placeOf(only, deployment);
}

/** Throws `not_rotatable` where APM is managed by Elastic Agent, which the Cloud API can do nothing about. */
export function selectApmResource(deployment: Deployment, refId: string | undefined): ApmResource {
  const place = findApm(deployment, refId);
  if (place.mode === 'managed') throw notRotatable(place.label, place.why);
  return place.resource;
}

export function labelOf(deployment: Deployment, refId: string): string {
  return `${deployment.name} / ${refId}`;
}

function candidatesOf({ resources }: Deployment): Candidate[] {
  const apm = (resources.apm ?? []).map((resource) => ({ kind: 'apm', resource }) as const);
  const servers = resources.integrations_server ?? [];
  return [...apm, ...servers.map((resource) => ({ kind: 'integrations_server', resource }) as const)];
}

/** An APM resource that was switched to Elastic Agent is gone, and an Integrations Server stands in its place. */
function switchedFrom(all: readonly Candidate[]): Candidate[] {
  return all.every(({ kind }) => kind === 'integrations_server') ? all.slice(0, 1) : [];
}

function placeOf(found: Candidate, deployment: Deployment): ApmPlace {
  const { kind, resource } = found;
  const label = labelOf(deployment, resource.ref_id);
  const { status, apm_server_mode: mode, metadata } = resource.info ?? {};
  if (status && NOT_SERVING.has(status)) {
    throw new RotorError('resource_unavailable', `${label}: its status is ${status}, expected started.`, {
      hint: 'Start the resource in the Elastic Cloud console, then try again.',
    });
  }
  if (kind === 'apm' && mode !== 'managed') return { mode: 'standalone', label, resource };
  const why =
    kind === 'apm'
      ? 'APM is managed by Elastic Agent'
      : `APM is ${mode === 'managed' ? 'managed' : 'run'} by an Integrations Server`;
  return { mode: 'managed', label, why, metadata: metadata ?? {} };
}

function noApmResource(
  deployment: Deployment,
  refId: string | undefined,
  all: readonly Candidate[],
): RotorError {
  const known = all.map(({ resource }) => resource.ref_id).join(', ') || 'none';
  const wanted =
    refId === undefined ? 'no APM resource' : `no APM resource ${refId}; its APM resources: ${known}`;
  return new RotorError('resource_unavailable', `${deployment.name}: has ${wanted}.`, {
    hint: 'Add APM to the deployment, or select another one.',
  });
}
