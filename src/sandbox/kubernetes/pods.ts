import { createHash } from 'node:crypto';
import { inOrder } from './in-order.js';
import type { KubeObject, Objects, Tree, Words } from './objects.js';
import { apiVersionOf, resources, type Resource } from './resources.js';

export type PodTemplate = {
  readonly metadata?: { readonly labels?: Words; readonly annotations?: Words };
  readonly spec?: Tree;
};

export type WorkloadSpec = {
  readonly replicas: number;
  readonly paused?: boolean;
  readonly progressDeadlineSeconds: number;
  readonly selector: { readonly matchLabels: Words };
  readonly strategy: UpdateStrategy;
  readonly updateStrategy: UpdateStrategy;
  readonly template: PodTemplate;
};

type UpdateStrategy = {
  readonly type: string;
  readonly rollingUpdate?: {
    readonly maxSurge?: number | string;
    readonly maxUnavailable?: number | string;
    readonly partition?: number;
  };
};

export type Workload = KubeObject & { readonly spec: WorkloadSpec & Tree };

/** `index` holds the place of a pod: the ordinal of a StatefulSet, the node of a DaemonSet. */
export type NewPod = {
  readonly name: string;
  readonly template: PodTemplate;
  readonly owner: {
    readonly kind: string;
    readonly apiVersion: string;
    readonly name: string;
    readonly uid: string;
  };
  readonly labels: Words;
  readonly index: number;
};

/** The real hash is FNV over the template's dump; all that matters is that equal templates have equal ones. */
export function hashOf(template: PodTemplate): string {
  return createHash('sha256')
    .update(JSON.stringify(inOrder(template)))
    .digest('hex')
    .slice(0, 10);
}

/** The pods of one namespace, as kubelets and controllers change them. */
export class Pods {
  constructor(private readonly objects: Objects) {}

  of({ metadata, spec }: Workload): KubeObject[] {
    const wanted = Object.entries(spec.selector.matchLabels);
    return this.objects
      .list(resources.pods, metadata.namespace)
      .filter(({ metadata: { labels } }) => wanted.every(([key, value]) => labels?.[key] === value))
      .filter(({ metadata: { ownerReferences } }) => {
        const [owner] = ownerReferences ?? [];
        if (owner?.kind === 'ReplicaSet') return owner.name.startsWith(`${metadata.name}-`);
        return owner?.uid === metadata.uid;
      });
  }

  create(namespace: string | undefined, { name, template, owner, labels, index }: NewPod): KubeObject {
    return this.objects.put(resources.pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        ...(namespace !== undefined && { namespace }),
        uid: this.objects.newUid(),
        resourceVersion: '',
        creationTimestamp: this.objects.timestamp(),
        labels: { ...template.metadata?.labels, ...labels },
        ...(template.metadata?.annotations && { annotations: template.metadata.annotations }),
        ownerReferences: [{ ...owner, controller: true }],
      },
      spec: { ...template.spec, nodeName: `node-${index}` },
      status: statusOf('ContainerCreating', template),
    });
  }

  becomeReady(pod: KubeObject): void {
    this.objects.put(resources.pods, { ...pod, status: statusOf(undefined, pod) });
  }

  /** Its container is stopped again and again, or its image cannot be had. */
  fail(pod: KubeObject, reason: string): void {
    this.objects.put(resources.pods, { ...pod, status: statusOf(reason, pod) });
  }

  /** Asked to end; it goes on serving until it has. */
  terminate(pod: KubeObject): void {
    const metadata = { ...pod.metadata, deletionTimestamp: this.objects.timestamp() };
    this.objects.put(resources.pods, { ...pod, metadata });
  }

  remove(pod: KubeObject): void {
    this.objects.remove(resources.pods, pod);
  }
}

export function isReady({ status }: KubeObject): boolean {
  const conditions = (status?.['conditions'] ?? []) as readonly { type: string; status: string }[];
  return conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True');
}

export function isTerminating({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

export function ownerOf(object: KubeObject, resource: Resource): NewPod['owner'] {
  const { name, uid } = object.metadata;
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, name, uid };
}

/** https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/ */
function statusOf(waiting: string | undefined, { spec }: { readonly spec?: Tree }): Tree {
  const isUp = waiting === undefined;
  const containers = (spec?.['containers'] ?? []) as readonly { name: string }[];
  return {
    phase: isUp || waiting === 'CrashLoopBackOff' ? 'Running' : 'Pending',
    conditions: [
      { type: 'PodScheduled', status: 'True' },
      { type: 'Ready', status: isUp ? 'True' : 'False', ...(!isUp && { reason: 'ContainersNotReady' }) },
    ],
    containerStatuses: containers.map(({ name }) => ({
      name,
      ready: isUp,
      restartCount: waiting === 'CrashLoopBackOff' ? 4 : 0,
      state: isUp ? { running: {} } : { waiting: { reason: waiting } },
    })),
  };
}
