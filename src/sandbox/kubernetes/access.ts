import type { KubeObject } from './objects.js';
import type { Resource } from './resources.js';
import { StatusError } from './status-error.js';

/** As in a Role. https://kubernetes.io/docs/reference/access-authn-authz/rbac/ */
export type PolicyRule = {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
};

/** One RoleBinding; without a namespace, a ClusterRoleBinding. */
export type Grant = { readonly namespace?: string; readonly rules: readonly PolicyRule[] };

export type User = { readonly name: string; readonly grants: readonly Grant[] };

export type Attributes = {
  readonly verb: string;
  readonly group: string;
  readonly plural: string;
  readonly namespace?: string;
  /** Absent for create and list, which name nothing. */
  readonly name?: string;
};

export const EVERYTHING: readonly Grant[] = [
  { rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] },
];

export function isAllowed({ grants }: User, asked: Attributes): boolean {
  return grants.some(
    ({ namespace, rules }) =>
      (namespace === undefined || namespace === asked.namespace) &&
      rules.some((rule) => doesAllow(rule, asked)),
  );
}

function doesAllow(rule: PolicyRule, { verb, group, plural, name }: Attributes): boolean {
  const has = (list: readonly string[], word: string): boolean => list.includes('*') || list.includes(word);
  if (!has(rule.verbs, verb) || !has(rule.apiGroups, group) || !has(rule.resources, plural)) return false;
  return rule.resourceNames === undefined || (name !== undefined && rule.resourceNames.includes(name));
}

export function assertAllowed(user: User, asked: Attributes): void {
  if (isAllowed(user, asked)) return;
  const { verb, group, plural, namespace, name } = asked;
  const what = group === '' ? plural : `${plural}.${group}`;
  const named = name === undefined ? '' : ` "${name}"`;
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const text = `${what}${named} is forbidden: User "${user.name}" cannot ${verb} resource "${plural}" in API group "${group}" ${where}`;
  throw new StatusError(403, 'Forbidden', text, { ...(name !== undefined && { name }), kind: plural });
}

/** https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-access-review-v1/ */
export function reviewed(user: User, review: KubeObject): unknown {
  const asked = (review.spec?.['resourceAttributes'] ?? {}) as Readonly<Record<string, string>>;
  const allowed = isAllowed(user, {
    verb: asked['verb'] ?? '',
    group: asked['group'] ?? '',
    plural: asked['resource'] ?? '',
    ...(asked['namespace'] && { namespace: asked['namespace'] }),
    ...(asked['name'] && { name: asked['name'] }),
  });
  return {
    ...review,
    metadata: {},
    status: { allowed, ...(!allowed && { reason: 'RBAC: no rule allows it' }) },
  };
}

export function verbOf(method: string, name: string | undefined, isWatch: boolean): string {
  if (isWatch) return 'watch';
  if (method === 'GET') return name === undefined ? 'list' : 'get';
  return { POST: 'create', PATCH: 'patch', PUT: 'update', DELETE: 'delete' }[method] ?? method.toLowerCase();
}

export function attributesOf(
  verb: string,
  { group, plural }: Resource,
  place: { readonly namespace?: string; readonly name?: string },
): Attributes {
  return { verb, group, plural, ...place };
}
