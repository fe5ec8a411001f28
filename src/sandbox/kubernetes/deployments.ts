import type { KubeObject, Tree } from './objects.js';
import { hashOf, isReady, ownerOf, type Workload } from './pods.js';
import { resources } from './resources.js';
import { census, livesOn, type Controller, type Scene } from './rollout.js';

export const POD_TEMPLATE_HASH = 'pod-template-hash';

/** https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment */
export const deployments: Controller = {
  act(scene) {
    livesOn(scene, POD_TEMPLATE_HASH);
    if (scene.isFrozen || scene.workload.spec.paused === true) return;
    scaleDown(scene);
    scaleUp(scene);
  },
  statusOf({ workload }, pods): Tree {
    const { alive, fresh, ready } = census(pods, workload, POD_TEMPLATE_HASH);
    return {
      replicas: alive.length,
      updatedReplicas: fresh.length,
      readyReplicas: ready.length,
      availableReplicas: ready.length,
      unavailableReplicas: Math.max(0, workload.spec.replicas - ready.length),
    };
  },
};

function scaleDown({ pods, workload }: Scene): void {
  const { alive, fresh, old, ready } = census(pods.of(workload), workload, POD_TEMPLATE_HASH);
  const { minAvailable } = limitsOf(workload);
  const unavailable = fresh.filter((pod) => !isReady(pod)).length;
  const mayEnd = Math.max(0, alive.length - minAvailable - unavailable);
  const broken = old.filter((pod) => !isReady(pod)).slice(0, mayEnd);
  const serving = old
    .filter(isReady)
    .slice(0, Math.max(0, Math.min(mayEnd - broken.length, ready.length - minAvailable)));
  for (const pod of [...broken, ...serving]) pods.terminate(pod);
}

function scaleUp({ objects, pods, workload }: Scene): void {
  const { alive, fresh } = census(pods.of(workload), workload, POD_TEMPLATE_HASH);
  const { replicas, template } = workload.spec;
  const { maxTotal } = limitsOf(workload);
  const set = replicaSetOf({ objects, workload });
  const missing = Math.max(0, Math.min(replicas - fresh.length, maxTotal - alive.length));
  for (let index = 0; index < missing; index += 1) {
    pods.create(workload.metadata.namespace, {
      name: `${set.metadata.name}-${objects.newSuffix(5)}`,
      template,
      owner: ownerOf(set, resources.replicasets),
      labels: { [POD_TEMPLATE_HASH]: hashOf(template) },
      index,
    });
  }
}

function replicaSetOf({ objects, workload }: Pick<Scene, 'objects' | 'workload'>): KubeObject {
  const { namespace } = workload.metadata;
  const name = `${workload.metadata.name}-${hashOf(workload.spec.template)}`;
  const known = objects.find(resources.replicasets, namespace, name);
  if (known) return known;
  return objects.put(resources.replicasets, {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      uid: objects.newUid(),
      resourceVersion: '',
      generation: 1,
      creationTimestamp: objects.timestamp(),
      labels: { ...workload.spec.selector.matchLabels, [POD_TEMPLATE_HASH]: hashOf(workload.spec.template) },
      ownerReferences: [{ ...ownerOf(workload, resources.deployments), controller: true }],
    },
    spec: { template: workload.spec.template },
  });
}

/** A share is rounded up for the surge and down for what may be missing; a pod more where both would be none. */
function limitsOf({ spec: { replicas, strategy } }: Workload): { maxTotal: number; minAvailable: number } {
  if (strategy.type === 'Recreate') return { maxTotal: replicas, minAvailable: 0 };
  const { maxSurge = '25%', maxUnavailable = '25%' } = strategy.rollingUpdate ?? {};
  const surge = shareOf(maxSurge, replicas, Math.ceil);
  const missing = shareOf(maxUnavailable, replicas, Math.floor);
  return {
    maxTotal: replicas + surge,
    minAvailable: replicas - (surge === 0 && missing === 0 ? 1 : missing),
  };
}

function shareOf(limit: number | string, of: number, round: (value: number) => number): number {
  return typeof limit === 'number' ? limit : round((Number.parseInt(limit, 10) / 100) * of);
}
