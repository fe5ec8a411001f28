import type { Config } from '../../config/index.js';
import type { KubernetesTargetConfig } from '../../targets/kubernetes/config.js';
import { CONFIG_MAP, SECRET, type Kind } from '../../targets/kubernetes/kinds.js';
import { permissionsOf } from '../../targets/kubernetes/permissions.js';

/** Whom Rotor runs as in the cluster. */
export type Subject = { readonly serviceAccount: string; readonly namespace: string };

type Rule = {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
};
type Need = { readonly verb: string; readonly kind: Kind; readonly name?: string };

/** The manifests of one cluster; a context of null is the cluster that Rotor runs in, or the current one. */
export type Cluster = { readonly context: string | null; readonly manifests: readonly object[] };

/** A role in each namespace that a target names, for the workloads and the Secret that it names. */
export function clustersOf({ rotations }: Pick<Config, 'rotations'>, subject: Subject): Cluster[] {
  const targets = rotations.flatMap((one) =>
    one.targets.flatMap((target) => (target.type === 'kubernetes' ? [target] : [])),
  );
  const byContext = Map.groupBy(targets, ({ context }) => context ?? null);
  return [...byContext].map(([context, those]) => {
    const namespaces = [...new Set(those.flatMap(({ namespaces: all }) => all))];
    const roles = namespaces.flatMap((namespace) => roleIn(namespace, those, subject));
    return { context, manifests: [accountOf(subject), ...roles] };
  });
}

function accountOf({ serviceAccount: name, namespace }: Subject): object {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } };
}

function roleIn(
  namespace: string,
  targets: readonly KubernetesTargetConfig[],
  { serviceAccount, namespace: home }: Subject,
): object[] {
  const needs = targets
    .filter((one) => one.namespaces.includes(namespace))
    .flatMap((one) => needsOf(one, namespace));
  const metadata = { name: serviceAccount, namespace };
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: serviceAccount };
  const subjects = [{ kind: 'ServiceAccount', name: serviceAccount, namespace: home }];
  return [
    { apiVersion, kind: 'Role', metadata, rules: rulesOf(needs) },
    { apiVersion, kind: 'RoleBinding', metadata, roleRef, subjects },
  ];
}

/** A Secret that is not there yet has no name to be allowed by; what agents have from ConfigMaps is only looked at. */
function needsOf(target: KubernetesTargetConfig, namespace: string): Need[] {
  return [
    ...permissionsOf(target, namespace),
    ...(target.secret ? [{ verb: 'create', kind: SECRET }] : []),
    { verb: 'get', kind: CONFIG_MAP },
  ];
}

/** Verbs that are allowed on the same things stand in one rule, and so do names that are allowed the same. */
function rulesOf(needs: readonly Need[]): Rule[] {
  const things = Map.groupBy(needs, ({ kind, name }) =>
    JSON.stringify([kind.group, kind.plural, name ?? null]),
  );
  const allowed = [...things.values()].map((those) => {
    const [{ kind, name } = those[0] as Need] = those;
    return { kind, name, verbs: [...new Set(those.map(({ verb }) => verb))].toSorted() };
  });
  const open = allowed.filter(({ name }) => name === undefined);
  const isOpen = (kind: Kind, verb: string): boolean =>
    open.some((one) => one.kind.plural === kind.plural && one.verbs.includes(verb));
  const narrowed = allowed.flatMap(({ kind, name, verbs }) => {
    const left = name === undefined ? verbs : verbs.filter((verb) => !isOpen(kind, verb));
    return left.length === 0 ? [] : [{ kind, name, verbs: left }];
  });
  const alike = Map.groupBy(narrowed, ({ kind, name, verbs }) =>
    JSON.stringify([kind.group, kind.plural, verbs, name === undefined]),
  );
  return [...alike.values()].flatMap((those) => {
    const [first] = those;
    if (!first) return [];
    const { kind, verbs } = first;
    const resourceNames = [...new Set(those.flatMap(({ name }) => (name === undefined ? [] : [name])))];
    const names = resourceNames.length > 0 ? { resourceNames } : {};
    return [{ apiGroups: [kind.group], resources: [kind.plural], ...names, verbs }];
  });
}
