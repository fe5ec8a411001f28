import type { KubeObject, Objects, Tree } from './objects.js';
import { hashOf, isReady, isTerminating, Pods, type Workload } from './pods.js';
import type { Resource } from './resources.js';

/** Of pods that are created from now on: all but this many never become ready. */
export type Trouble = { readonly reason: string; readonly healthy: number };

export type Scene = {
  readonly objects: Objects;
  readonly pods: Pods;
  readonly resource: Resource;
  readonly workload: Workload;
  readonly trouble: Trouble | undefined;
  /** Its pods stay as they are, whatever its template says. */
  readonly isFrozen: boolean;
};

/** What one kind's controller does in one step, and what it then says of it. */
export type Controller = {
  act(scene: Scene): void;
  statusOf(scene: Scene, pods: readonly KubeObject[]): Tree;
};

/** What every kubelet does: pods that were asked to end do so, and new ones become ready, where nothing ails them. */
export function livesOn({ pods, workload, trouble }: Scene, hashLabel: string): void {
  const own = pods.of(workload);
  for (const pod of own.filter(isTerminating)) pods.remove(pod);
  const rest = own.filter((pod) => !isTerminating(pod));
  const isFresh = (pod: KubeObject): boolean => revisionOf(pod, hashLabel) === hashOf(workload.spec.template);
  let healthy = trouble?.healthy ?? Infinity;
  healthy -= rest.filter((pod) => isFresh(pod) && isReady(pod)).length;
  for (const pod of rest.filter((one) => !isReady(one))) {
    if (!isFresh(pod) || healthy > 0) pods.becomeReady(pod);
    else if (trouble && waitingFor(pod) !== trouble.reason) pods.fail(pod, trouble.reason);
    if (isFresh(pod)) healthy -= 1;
  }
}

/** The hash alone; a StatefulSet's and a DaemonSet's label has its name before it. */
export function revisionOf({ metadata }: KubeObject, label: string): string {
  return metadata.labels?.[label]?.split('-').at(-1) ?? '';
}

function waitingFor({ status }: KubeObject): string | undefined {
  const [first] = (status?.['containerStatuses'] ?? []) as readonly {
    state: { waiting?: { reason: string } };
  }[];
  return first?.state.waiting?.reason;
}

export type Census = {
  readonly alive: readonly KubeObject[];
  readonly fresh: readonly KubeObject[];
  readonly old: readonly KubeObject[];
  readonly ready: readonly KubeObject[];
};

export function census(pods: readonly KubeObject[], workload: Workload, label: string): Census {
  const hash = hashOf(workload.spec.template);
  const alive = pods.filter((pod) => !isTerminating(pod));
  const fresh = alive.filter((pod) => revisionOf(pod, label) === hash);
  const old = alive.filter((pod) => revisionOf(pod, label) !== hash);
  return { alive, fresh, old, ready: alive.filter(isReady) };
}
