import { apiVersionOf, resources, type Resource } from './resources.js';

const VERBS = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];
const ALL: readonly Resource[] = Object.values(resources);
const GROUPS = [...new Set(ALL.map(({ group }) => group))].filter((group) => group !== '');

/** What clients ask first: kubectl knows no kind but those that it finds here. */
export function discoveryOf(path: string, host: string): unknown {
  if (path === '/version') return { major: '1', minor: '35', gitVersion: 'v1.35.0' };
  if (path === '/api') return coreVersions(host);
  if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: GROUPS.map(groupOf) };
  const group = /^\/apis\/([^/]+)$/.exec(path)?.[1];
  if (group !== undefined && GROUPS.includes(group))
    return { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group) };
  const groupVersion = /^\/(?:api|apis)\/((?:[^/]+\/)?v1)$/.exec(path)?.[1];
  const served = ALL.filter((resource) => apiVersionOf(resource) === groupVersion);
  return served.length === 0 || groupVersion === undefined ? undefined : listOf(groupVersion, served);
}

function coreVersions(host: string): unknown {
  const serverAddressByClientCIDRs = [{ clientCIDR: '0.0.0.0/0', serverAddress: host }];
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs };
}

function groupOf(name: string): Record<string, unknown> {
  const version = { groupVersion: `${name}/v1`, version: 'v1' };
  return { name, versions: [version], preferredVersion: version };
}

function listOf(groupVersion: string, served: readonly Resource[]): unknown {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion,
    resources: served.map(({ plural, singular, kind, namespaced, shortNames }) => ({
      name: plural,
      singularName: singular,
      namespaced,
      kind,
      shortNames,
      verbs: plural === 'selfsubjectaccessreviews' ? ['create'] : VERBS,
    })),
  };
}
