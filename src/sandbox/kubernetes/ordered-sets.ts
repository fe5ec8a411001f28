import type { KubeObject, Tree } from './objects.js';
import { hashOf, isReady, ownerOf, type PodTemplate } from './pods.js';
import { census, livesOn, revisionOf, type Controller, type Scene } from './rollout.js';

export const REVISION_HASH = 'controller-revision-hash';

/**
 * https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#update-strategies: one pod at a time, the
 * highest ordinal first, none below the partition.
 */
export function statefulSets(): Controller {
  const earlier = new Map<string, PodTemplate>();
  return {
    act(scene) {
      livesOn(scene, REVISION_HASH);
      const { workload, pods } = scene;
      const { template, replicas, updateStrategy } = workload.spec;
      earlier.set(hashOf(template), template);
      if (scene.isFrozen) return;
      const partition = updateStrategy.rollingUpdate?.partition ?? 0;
      const own = pods.of(workload);
      const before = earlier.get(currentHash(scene)) ?? template;
      for (let index = 0; index < replicas; index += 1) {
        const name = `${workload.metadata.name}-${index}`;
        if (own.some(({ metadata }) => metadata.name === name)) continue;
        create(scene, { name, index, template: index < partition ? before : template });
      }
      if (updateStrategy.type !== 'OnDelete') endOne(scene, replicas, (pod) => ordinalOf(pod) >= partition);
    },
    statusOf(scene, pods): Tree {
      const { workload } = scene;
      const { alive, fresh, old, ready } = census(pods, workload, REVISION_HASH);
      const { name } = workload.metadata;
      const updateHash = hashOf(workload.spec.template);
      return {
        replicas: alive.length,
        updatedReplicas: fresh.length,
        currentReplicas: old.length === 0 ? fresh.length : old.length,
        readyReplicas: ready.length,
        availableReplicas: ready.length,
        updateRevision: `${name}-${updateHash}`,
        currentRevision: `${name}-${old.length === 0 ? updateHash : currentHash(scene)}`,
      };
    },
  };
}

function currentHash({ workload, pods }: Scene): string {
  const { old } = census(pods.of(workload), workload, REVISION_HASH);
  return old[0] ? revisionOf(old[0], REVISION_HASH) : hashOf(workload.spec.template);
}

/** The last in order, and none while another one is not ready. */
function endOne({ pods, workload }: Scene, of: number, mayEnd: (pod: KubeObject) => boolean): void {
  const own = pods.of(workload);
  if (own.length < of || !own.every(isReady)) return;
  const { old } = census(own, workload, REVISION_HASH);
  const inOrder = old.toSorted((a, b) =>
    a.metadata.name.localeCompare(b.metadata.name, 'en', { numeric: true }),
  );
  const last = inOrder.findLast(mayEnd);
  if (last) pods.terminate(last);
}

function ordinalOf({ metadata }: KubeObject): number {
  return Number(metadata.name.split('-').at(-1));
}

/** https://kubernetes.io/docs/tasks/manage-daemon/update-daemon-set/: a pod a node, one node after the other. */
export function daemonSets(nodes: number): Controller {
  return {
    act(scene) {
      livesOn(scene, REVISION_HASH);
      if (scene.isFrozen) return;
      const { objects, pods, workload } = scene;
      const { template, updateStrategy } = workload.spec;
      const taken = new Set(pods.of(workload).map(({ spec }) => spec?.['nodeName']));
      for (let index = 0; index < nodes; index += 1) {
        if (taken.has(`node-${index}`)) continue;
        create(scene, { name: `${workload.metadata.name}-${objects.newSuffix(5)}`, index, template });
      }
      if (updateStrategy.type !== 'OnDelete') endOne(scene, nodes, () => true);
    },
    statusOf({ workload }, pods): Tree {
      const { alive, fresh, ready } = census(pods, workload, REVISION_HASH);
      return {
        desiredNumberScheduled: nodes,
        currentNumberScheduled: alive.length,
        updatedNumberScheduled: fresh.length,
        numberReady: ready.length,
        numberAvailable: ready.length,
        numberUnavailable: Math.max(0, nodes - ready.length),
        numberMisscheduled: 0,
      };
    },
  };
}

type Born = { readonly name: string; readonly index: number; readonly template: PodTemplate };

function create({ pods, workload, resource }: Scene, { name, index, template }: Born): void {
  pods.create(workload.metadata.namespace, {
    name,
    template,
    owner: ownerOf(workload, resource),
    labels: { [REVISION_HASH]: `${workload.metadata.name}-${hashOf(template)}` },
    index,
  });
}
