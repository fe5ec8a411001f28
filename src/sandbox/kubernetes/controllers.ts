import type { KubeObject, Objects, Tree } from './objects.js';
import { deployments } from './deployments.js';
import { daemonSets, statefulSets } from './ordered-sets.js';
import { isReady, Pods, type Workload } from './pods.js';
import { resources, type Plural } from './resources.js';
import type { Controller, Scene, Trouble } from './rollout.js';

export type WorkloadPlural = Extract<Plural, 'deployments' | 'statefulsets' | 'daemonsets'>;
export type WorkloadPlace = {
  readonly plural: WorkloadPlural;
  readonly namespace: string;
  readonly name: string;
};

/** The part of kube-controller-manager and of the kubelets that rollouts need, in steps. */
export class Controllers {
  readonly #kinds: Readonly<Record<WorkloadPlural, Controller>>;
  readonly #troubles = new Map<string, Trouble>();
  readonly #frozen = new Set<string>();
  /** When something last went forward, by the workload's uid. */
  readonly #progress = new Map<string, { readonly what: string; readonly at: number }>();
  readonly #pods: Pods;

  constructor(
    private readonly objects: Objects,
    nodes: number,
  ) {
    this.#pods = new Pods(objects);
    this.#kinds = { deployments, statefulsets: statefulSets(), daemonsets: daemonSets(nodes) };
  }

  /** Whether anything has changed. */
  step(): boolean {
    const before = this.objects.revision;
    for (const plural of Object.keys(this.#kinds) as WorkloadPlural[])
      for (const object of this.objects.list(resources[plural])) this.#stepOf(plural, object as Workload);
    return this.objects.revision !== before;
  }

  trouble(place: WorkloadPlace, trouble: Trouble | undefined): void {
    if (trouble) this.#troubles.set(keyOf(place), trouble);
    else this.#troubles.delete(keyOf(place));
  }

  freeze(place: WorkloadPlace, isFrozen: boolean): void {
    if (isFrozen) this.#frozen.add(keyOf(place));
    else this.#frozen.delete(keyOf(place));
  }

  /** It sees a new generation in one step, and acts on it from the next one on. */
  #stepOf(plural: WorkloadPlural, workload: Workload): void {
    const { generation, namespace = '', name } = workload.metadata;
    const key = keyOf({ plural, namespace, name });
    const scene: Scene = {
      objects: this.objects,
      pods: this.#pods,
      resource: resources[plural],
      workload,
      trouble: this.#troubles.get(key),
      isFrozen: this.#frozen.has(key),
    };
    if (workload.status?.['observedGeneration'] === generation) this.#kinds[plural].act(scene);
    this.#report(scene, plural);
  }

  #report(scene: Scene, plural: WorkloadPlural): void {
    const { workload, resource } = scene;
    const own = this.#pods.of(workload);
    const counted = this.#kinds[plural].statusOf(scene, own);
    const conditions =
      plural === 'deployments' ? { conditions: this.#conditions(workload, counted, own) } : {};
    const status = { observedGeneration: workload.metadata.generation, ...counted, ...conditions };
    if (JSON.stringify(status) !== JSON.stringify(workload.status))
      this.objects.put(resource, { ...workload, status });
  }

  /** https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status */
  #conditions(workload: Workload, counted: Tree, pods: readonly KubeObject[]): readonly Tree[] {
    const { replicas, progressDeadlineSeconds, paused } = workload.spec;
    const isDone =
      counted['updatedReplicas'] === replicas &&
      counted['availableReplicas'] === replicas &&
      counted['replicas'] === replicas;
    const available = {
      type: 'Available',
      status: pods.filter(isReady).length >= replicas ? 'True' : 'False',
    };
    if (paused === true)
      return [available, { type: 'Progressing', status: 'Unknown', reason: 'DeploymentPaused' }];
    if (isDone) return [available, { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' }];
    const what = JSON.stringify([workload.metadata.generation, counted]);
    const known = this.#progress.get(workload.metadata.uid);
    const progress = known?.what === what ? known : { what, at: this.objects.now() };
    this.#progress.set(workload.metadata.uid, progress);
    const isLate = this.objects.now() - progress.at > progressDeadlineSeconds * 1000;
    return [available, isLate ? LATE : { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated' }];
  }
}

const LATE = {
  type: 'Progressing',
  status: 'False',
  reason: 'ProgressDeadlineExceeded',
  message: 'ReplicaSet has timed out progressing.',
} as const;

function keyOf({ plural, namespace, name }: WorkloadPlace): string {
  return `${plural}/${namespace}/${name}`;
}
