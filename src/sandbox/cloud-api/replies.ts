import type { Reply } from '../reply.js';

const JSON_TYPE = { 'content-type': 'application/json' };

export function jsonReply(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return { status, headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(body) };
}

/** The swagger's BasicFailedReply, with the header that repeats its code. */
export function failedReply(status: number, code: string, message: string): Reply {
  return jsonReply(status, { errors: [{ code, message }] }, { 'x-cloud-error-codes': code });
}

export const deploymentNotFound = (id: string): Reply =>
  failedReply(404, 'deployments.deployment_not_found', `The deployment [${id}] cannot be found.`);

export const resourceNotFound = (refId: string): Reply =>
  failedReply(404, 'deployments.deployment_resource_not_found', `The resource [${refId}] cannot be found.`);

/** Text as reported in https://github.com/elastic/terraform-provider-ec/issues/491 */
export const unauthenticated = (): Reply =>
  failedReply(401, 'root.unauthenticated', 'The supplied authentication is invalid');

export const managedByElasticAgent = (): Reply =>
  failedReply(
    400,
    'clusters.cluster_plan_state_error',
    'Reset token is not supported when APM is managed by Elastic Agent.',
  );

/**
 * What `_reset-token` answers while a plan is pending is undocumented. This is the closest known error: of an update of a
 * deployment in that state, as quoted in https://github.com/elastic/kibana/pull/136974 without its HTTP status.
 */
export const planStillPending = (refId: string): Reply =>
  failedReply(
    400,
    'deployments.resource_plan_state_error',
    `Apm resource [${refId}] has a plan still pending, cancel that or wait for it to complete`,
  );

/** Undocumented; a route that the published swagger does not have. */
export const unknownRoute = (): Reply =>
  failedReply(404, 'root.resource_not_found', 'The requested resource could not be found');

/** The sandbox's own words: it refuses a request that it cannot follow rather than answer it wrongly. */
export const notSupported = (what: string): Reply => failedReply(400, 'sandbox.not_supported', what);

const INJECTED: Record<number, readonly [code: string, message: string]> = {
  401: ['root.unauthenticated', 'The supplied authentication is invalid'],
  403: ['root.unauthorized', 'The user is not authorized to perform this action'],
  404: ['deployments.deployment_not_found', 'The deployment cannot be found.'],
  429: ['root.rate_limit_exceeded', 'Too many requests'],
  449: ['root.unauthorized.rbac.elevated_permissions_required', 'Elevated permissions are required'],
  500: ['deployments.deployment_resource_no_longer_exists', 'The resource no longer exists'],
  503: ['root.service_unavailable', 'The service is temporarily unavailable'],
};

/** The codes of 401, 404, 449 and 500 are documented, the others are not. */
export function injectedReply(status: number): Reply {
  const [code, message] = INJECTED[status] ?? ['root.internal_server_error', 'There was an internal error'];
  return failedReply(status, code, message);
}
