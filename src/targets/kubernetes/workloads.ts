import type { KubernetesApi, Place } from './api.js';
import type { KubernetesTargetConfig } from './config.js';
import { nameOf, Trouble } from './errors.js';
import { kinds, SELECTED, type KindName } from './kinds.js';
import { fingerprintKey } from './marks.js';
import { templateOf, workloadObject, type WorkloadObject } from './objects.js';
import type { Fingerprint } from '../../rotation/secret.js';

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
      return objects.map((object): Workload => ({ kind, object, place: { kind: kinds[kind], namespace, name: object.metadata.name } }));
    }),
  );
  return found.flat();
} // prettier-ignore

/** A clause. */
export function nothingFound(selector: string | undefined, namespaces: readonly string[]): string {
  return `the selector ${selector} matches no Deployment, StatefulSet or DaemonSet in ${namespaces.join(', ')}`;
}

/** CronJobs are not restarted: the next job starts a new pod anyway. */
export function isRestarted({ kind }: Pick<Workload, 'kind'>): boolean {
  return kind !== 'cronjob';
}

export function annotationOf(object: WorkloadObject, key: string): string | undefined {
  return templateOf(object).metadata?.annotations?.[key];
}

/**
 * A new pod template is a rollout, an equal one is none: so the fingerprint and not the time, of which two within a
 * second would be one (https://github.com/hashicorp/vault-secrets-operator/issues/1228).
 */
export function restartPatch(rotation: string, fingerprint: Fingerprint | typeof ON_TRIAL): unknown {
  return { spec: { template: { metadata: { annotations: { [fingerprintKey(rotation)]: fingerprint } } } } };
}

/** What a dry run says in place of a fingerprint. */
export const ON_TRIAL = 'on-trial';

export function assertPresent(workload: Workload): WorkloadObject {
  if (workload.object) return workload.object;
  throw new Trouble({
    what: `${nameOf(workload.place)} does not exist`,
    hint: 'Correct the name or the namespace, or take it out of the target.',
    retryable: false,
  });
}
