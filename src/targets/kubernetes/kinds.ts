/** What of the API Rotor speaks to. */
export type Kind = {
  readonly group: string;
  readonly apiVersion: string;
  readonly plural: string;
  readonly kind: string;
  /** In a sentence. */
  readonly word: string;
};

const apps = { group: 'apps', apiVersion: 'apps/v1' } as const;

/** Those that a target may name as its workloads. */
export const kinds = {
  deployment: { ...apps, plural: 'deployments', kind: 'Deployment', word: 'deployment' },
  statefulset: { ...apps, plural: 'statefulsets', kind: 'StatefulSet', word: 'statefulset' },
  daemonset: { ...apps, plural: 'daemonsets', kind: 'DaemonSet', word: 'daemonset' },
  cronjob: { group: 'batch', apiVersion: 'batch/v1', plural: 'cronjobs', kind: 'CronJob', word: 'cronjob' },
} as const satisfies Record<string, Kind>;

export type KindName = keyof typeof kinds;
export const kindNames = Object.keys(kinds) as KindName[];

/** Those that a selector finds: a CronJob restarts nothing. */
export const SELECTED: readonly KindName[] = ['deployment', 'statefulset', 'daemonset'];

export const SECRET: Kind = {
  group: '',
  apiVersion: 'v1',
  plural: 'secrets',
  kind: 'Secret',
  word: 'Secret',
};
export const CONFIG_MAP: Kind = {
  group: '',
  apiVersion: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  word: 'ConfigMap',
};
export const POD: Kind = { group: '', apiVersion: 'v1', plural: 'pods', kind: 'Pod', word: 'pod' };
