import type { Need } from './credentials.js';

/** What the sandbox serves of Fleet's API: elastic/kibana fleet/server/routes/{package_policy,agent_policy,agent}/index.ts. */
export const FLEET_OPERATIONS = [
  { id: 'list-package-policies', method: 'GET', path: '/package_policies', need: 'read policy' },
  { id: 'get-package-policy', method: 'GET', path: '/package_policies/{id}', need: 'read policy' },
  { id: 'put-package-policy', method: 'PUT', path: '/package_policies/{id}', need: 'write policy' },
  { id: 'get-agent-policy', method: 'GET', path: '/agent_policies/{id}', need: 'read agent policy' },
  { id: 'list-agents', method: 'GET', path: '/agents', need: 'read agents' },
] as const satisfies readonly { id: string; method: string; path: string; need: Need }[];

export type FleetOperation = (typeof FLEET_OPERATIONS)[number];
export type FleetOperationId = FleetOperation['id'];

export type MatchedFleetOperation = {
  readonly operation: FleetOperation;
  readonly id: string;
  readonly space: string;
};

const patterns = FLEET_OPERATIONS.map((operation) => ({
  operation,
  pattern: new RegExp(
    `^(?:/s/(?<space>[a-z0-9_-]+))?/api/fleet${operation.path.replace('{id}', '(?<id>[^/]+)')}$`,
  ),
}));

export function matchFleetOperation(method: string, path: string): MatchedFleetOperation | undefined {
  for (const { operation, pattern } of patterns) {
    const found = operation.method === method ? pattern.exec(path) : null;
    if (found === null) continue;
    const { id = '', space = 'default' } = found.groups ?? {};
    return { operation, id: decodeURIComponent(id), space };
  }
  return undefined;
}
