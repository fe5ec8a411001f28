/**
 * The operations that the sandbox serves, named as in Elastic's published swagger (elastic/cloud-sdk-go
 * api/apidocs-user.json). `statuses` are documented there and answered here without any fault; `undocumented` are answered
 * although the swagger does not list them: a 401 was seen on every operation
 * (https://github.com/elastic/terraform-provider-ec/issues/491), and a query that the sandbox cannot evaluate is refused
 * rather than answered wrongly.
 */
export const CLOUD_OPERATIONS = [
  {
    operationId: 'list-deployments',
    method: 'GET',
    path: '/deployments',
    statuses: [200, 401],
    undocumented: [],
  },
  {
    operationId: 'search-deployments',
    method: 'POST',
    path: '/deployments/_search',
    statuses: [200],
    undocumented: [400, 401],
  },
  {
    operationId: 'get-deployment',
    method: 'GET',
    path: '/deployments/{deployment_id}',
    statuses: [200, 401, 404],
    undocumented: [],
  },
  {
    operationId: 'get-deployment-apm-resource-info',
    method: 'GET',
    path: '/deployments/{deployment_id}/apm/{ref_id}',
    statuses: [200, 404],
    undocumented: [401],
  },
  {
    operationId: 'get-deployment-integrations-server-resource-info',
    method: 'GET',
    path: '/deployments/{deployment_id}/integrations_server/{ref_id}',
    statuses: [200, 404],
    undocumented: [401],
  },
  {
    operationId: 'deployment-apm-reset-secret-token',
    method: 'POST',
    path: '/deployments/{deployment_id}/apm/{ref_id}/_reset-token',
    statuses: [202, 400, 404],
    undocumented: [401],
  },
] as const;

export type CloudOperation = (typeof CLOUD_OPERATIONS)[number];
export type CloudOperationId = CloudOperation['operationId'];

export const CLOUD_BASE_PATH = '/api/v1';

export type MatchedOperation = {
  readonly operation: CloudOperation;
  readonly deploymentId: string;
  readonly refId: string;
};

const patterns = CLOUD_OPERATIONS.map((operation) => ({ operation, pattern: patternOf(operation.path) }));

export function matchOperation(method: string, path: string): MatchedOperation | undefined {
  for (const { operation, pattern } of patterns) {
    const found = operation.method === method ? pattern.exec(path) : null;
    if (found === null) continue;
    const { deployment_id = '', ref_id = '' } = found.groups ?? {};
    return { operation, deploymentId: deployment_id, refId: ref_id };
  }
  return undefined;
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${CLOUD_BASE_PATH}${path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
}
