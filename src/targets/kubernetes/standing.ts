import type { WorkloadObject } from './objects.js';
import type { Workload } from './workloads.js';

/** What the controller of a workload says of its rollout. */
export type Standing = { readonly state: 'done' } | { readonly state: 'under_way'; readonly why: string };

type Status = NonNullable<WorkloadObject['status']>;

const DONE: Standing = { state: 'done' };
const underWay = (why: string): Standing => ({ state: 'under_way', why });

/** How many pods there shall be. */
export function desiredOf({ kind, object }: Workload): number {
  if (!object || kind === 'cronjob') return 0;
  if (kind === 'daemonset') return object.status?.desiredNumberScheduled ?? 0;
  return object.spec.replicas ?? 1;
}

/**
 * By the same rules as `kubectl rollout status`
 * (https://github.com/kubernetes/kubectl, pkg/polymorphichelpers/rollout_status.go).
 */
export function standingOf(workload: Workload): Standing {
  const { kind, object } = workload;
  if (!object || kind === 'cronjob') return DONE;
  const { metadata, status } = object;
  if (!status || (status.observedGeneration ?? 0) < (metadata.generation ?? 0))
    return underWay('its controller has not seen the change yet');
  if (kind === 'deployment') return deployment(object, status, desiredOf(workload));
  const isDaemon = kind === 'daemonset';
  const updated = (isDaemon ? status.updatedNumberScheduled : status.updatedReplicas) ?? 0;
  const available = (isDaemon ? status.numberAvailable : status.availableReplicas) ?? 0;
  return counted(updated, available, desiredOf(workload));
}

function deployment({ spec }: WorkloadObject, status: Status, desired: number): Standing {
  if (spec.paused === true) return underWay('it is paused, and takes no new pods until it is resumed');
  const isLate = status.conditions?.some(
    ({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded',
  );
  // Kubernetes only reports it and goes on: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#failed-deployment
  if (isLate === true) return underWay('its rollout is past its deadline (ProgressDeadlineExceeded)');
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  if (replicas > updatedReplicas)
    return underWay(`pods of an older template that are left: ${replicas - updatedReplicas}`);
  return counted(updatedReplicas, availableReplicas, desired);
}

function counted(updated: number, available: number, desired: number): Standing {
  if (updated < desired) return underWay(`${updated} of ${desired} pods are of its newest template`);
  if (available < desired) return underWay(`${available} of ${desired} pods are available`);
  return DONE;
}
