/** What of the API the sandbox serves. https://kubernetes.io/docs/reference/using-api/api-concepts/ */
export type Resource = {
  /** Empty: the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
};

const apps = { group: 'apps', version: 'v1', namespaced: true } as const;
const core = { group: '', version: 'v1', namespaced: true } as const;

export const resources = {
  namespaces: {
    ...core,
    namespaced: false,
    plural: 'namespaces',
    singular: 'namespace',
    kind: 'Namespace',
    shortNames: ['ns'],
  },
  secrets: { ...core, plural: 'secrets', singular: 'secret', kind: 'Secret', shortNames: [] },
  configmaps: { ...core, plural: 'configmaps', singular: 'configmap', kind: 'ConfigMap', shortNames: ['cm'] },
  pods: { ...core, plural: 'pods', singular: 'pod', kind: 'Pod', shortNames: ['po'] },
  deployments: {
    ...apps,
    plural: 'deployments',
    singular: 'deployment',
    kind: 'Deployment',
    shortNames: ['deploy'],
  },
  replicasets: {
    ...apps,
    plural: 'replicasets',
    singular: 'replicaset',
    kind: 'ReplicaSet',
    shortNames: ['rs'],
  },
  statefulsets: {
    ...apps,
    plural: 'statefulsets',
    singular: 'statefulset',
    kind: 'StatefulSet',
    shortNames: ['sts'],
  },
  daemonsets: { ...apps, plural: 'daemonsets', singular: 'daemonset', kind: 'DaemonSet', shortNames: ['ds'] },
  cronjobs: {
    group: 'batch',
    version: 'v1',
    namespaced: true,
    plural: 'cronjobs',
    singular: 'cronjob',
    kind: 'CronJob',
    shortNames: ['cj'],
  },
  selfsubjectaccessreviews: {
    group: 'authorization.k8s.io',
    version: 'v1',
    namespaced: false,
    plural: 'selfsubjectaccessreviews',
    singular: 'selfsubjectaccessreview',
    kind: 'SelfSubjectAccessReview',
    shortNames: [],
  },
} as const satisfies Record<string, Resource>;

export type Plural = keyof typeof resources;

export function resourceNamed(group: string, version: string, plural: string): Resource | undefined {
  if (!Object.hasOwn(resources, plural)) return undefined;
  const found: Resource = resources[plural as Plural];
  return found.group === group && found.version === version ? found : undefined;
}

export function apiVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`;
}
