import type { KubernetesApi, Place } from './api.js';
import type { KubernetesTargetConfig } from './config.js';
import { nameOf, Trouble } from './errors.js';
import { kinds, SELECTED, type KindName } from './kinds.js';
import { workloadObject, type WorkloadObject } from './objects.js';

export type NamedPlace = Place & { readonly name: string };

export type Workload = {
  readonly kind: KindName;
  readonly place: NamedPlace;
  /** undefined: it is named in the config, and there is none. */
  readonly object: WorkloadObject | undefined;
};

/** Those of one namespace: the named ones in their order, or what the selector finds. */
export async function workloadsIn(
  api: KubernetesApi,
  config: Pick<KubernetesTargetConfig, 'workloads' | 'selector'>,
  namespace: string,
): Promise<Workload[]> {
  const { workloads = [], selector } = config;
  if (selector === undefined)
    return Promise.all(
      workloads.map(async ({ kind, name }) => {
        const place = { kind: kinds[kind], namespace, name };
        return { kind, place, object: await api.get(place, workloadObject) };
      }),
    );
  const found = await Promise.all(
    SELECTED.map(async (kind) => {
      const objects = await api.list({ kind: kinds[kind], namespace }, selector, workloadObject);
      return objects.map((object): Workload => ({
        kind,
        object,
        place: { kind: kinds[kind], namespace, name: object.metadata.name },
      }));
    }),
  );
  return found.flat();
}

/** A clause. */
export function nothingFound(selector: string | undefined, namespaces: readonly string[]): string {
  return `the selector ${selector} matches no Deployment, StatefulSet or DaemonSet in ${namespaces.join(', ')}`;
}

/** CronJobs are not restarted: the next job starts a new pod anyway. */
export function isRestarted({ kind }: Pick<Workload, 'kind'>): boolean {
  return kind !== 'cronjob';
}

/** A new pod template is a rollout, an equal one is none. */
export function restartPatch(annotations: Readonly<Record<string, string | null>>): unknown {
  return { spec: { template: { metadata: { annotations } } } };
}

export function assertPresent(workload: Workload): WorkloadObject {
  if (workload.object) return workload.object;
  throw new Trouble({
    what: `${nameOf(workload.place)} does not exist`,
    hint: 'Correct the name or the namespace, or take it out of the target.',
    retryable: false,
  });
}
