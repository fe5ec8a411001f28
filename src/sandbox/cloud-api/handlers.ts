import type { SandboxDeployment } from '../deployment.js';
import type { Reply } from '../reply.js';
import type { ResourceKind } from '../options.js';
import type { CloudOperationId, MatchedOperation } from './operations.js';
import type { Show } from './plan-view.js';
import {
  deploymentNotFound,
  jsonReply,
  managedByElasticAgent,
  planStillPending,
  resourceNotFound,
} from './replies.js';
import { searchDeployments } from './search.js';
import { deploymentView, listingView, resourceView } from './views.js';

export type CloudCall = MatchedOperation & {
  readonly url: URL;
  readonly body: string;
  readonly deployments: readonly SandboxDeployment[];
  readonly pageSize: number;
};

const HANDLERS = {
  'list-deployments': ({ deployments }) => jsonReply(200, { deployments: deployments.map(listingView) }),
  'search-deployments': ({ deployments, body, url, pageSize }) =>
    searchDeployments(deployments, body, url, pageSize),
  'get-deployment': getDeployment,
  'get-deployment-apm-resource-info': (call) => getResource(call, 'apm'),
  'get-deployment-integrations-server-resource-info': (call) => getResource(call, 'integrations_server'),
  'deployment-apm-reset-secret-token': resetToken,
} satisfies Record<CloudOperationId, (call: CloudCall) => Reply>;

export function handle(call: CloudCall): Reply {
  return HANDLERS[call.operation.operationId](call);
}

function getDeployment(call: CloudCall): Reply {
  const deployment = findDeployment(call);
  if (deployment === undefined) return deploymentNotFound(call.deploymentId);
  const show = { ...shownBy(call.url), template: flag(call.url, 'enrich_with_template', true) };
  return jsonReply(200, deploymentView(deployment, show), {
    'x-cloud-resource-version': String(deployment.resourceVersion),
    'x-cloud-resource-created': deployment.createdAt.toISOString(),
    'x-cloud-resource-last-modified': deployment.modifiedAt.toISOString(),
  });
}

function getResource(call: CloudCall, kind: ResourceKind): Reply {
  const deployment = findDeployment(call);
  if (deployment === undefined) return deploymentNotFound(call.deploymentId);
  if (!hasResource(deployment, kind, call.refId)) return resourceNotFound(call.refId);
  return jsonReply(200, resourceView(deployment, shownBy(call.url)));
}

/** No body, no idempotency key, no precondition: each accepted call makes another token. */
function resetToken(call: CloudCall): Reply {
  const deployment = findDeployment(call);
  if (deployment === undefined) return deploymentNotFound(call.deploymentId);
  if (!hasResource(deployment, 'apm', call.refId)) return resourceNotFound(call.refId);
  if (deployment.mode === 'managed') return managedByElasticAgent();
  if (deployment.plans.pending !== undefined) return planStillPending(deployment.refId);
  const { token } = deployment.reset('api');
  return jsonReply(202, { apm_id: deployment.resourceId, secret_token: token });
}

function findDeployment({ deployments, deploymentId }: CloudCall): SandboxDeployment | undefined {
  return deployments.find(({ id }) => id === deploymentId);
}

/** By the swagger: "User-specified RefId for the Resource (or '_main' if there is only one)". */
function hasResource({ kind, refId }: SandboxDeployment, wanted: ResourceKind, ref: string): boolean {
  return kind === wanted && (ref === refId || ref === '_main');
}

function shownBy(url: URL): Show {
  return {
    plans: flag(url, 'show_plans', true),
    logs: flag(url, 'show_plan_logs', false),
    history: flag(url, 'show_plan_history', false),
    template: false,
  };
}

function flag(url: URL, name: string, byDefault: boolean): boolean {
  const value = url.searchParams.get(name);
  return value === null ? byDefault : value === 'true';
}
