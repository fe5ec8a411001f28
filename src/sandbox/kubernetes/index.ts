import { randomInt } from 'node:crypto';
import { createAuthority, type Authority } from '../certificates.js';
import { createFaults, type Faults } from '../faults.js';
import { loopback, type Network } from '../https-front.js';
import { createLedger, type Ledger } from '../ledger.js';
import { createRandom, type Random } from '../random.js';
import { createTimers, type Timers } from '../timers.js';
import type { Grant, User } from './access.js';
import { Controllers, type WorkloadPlace } from './controllers.js';
import { Objects, type KubeObject, type Tree } from './objects.js';
import { hashOf, ownerOf, Pods, type PodTemplate, type Workload } from './pods.js';
import { POD_TEMPLATE_HASH } from './deployments.js';
import { REVISION_HASH } from './ordered-sets.js';
import { resources, type Plural } from './resources.js';
import type { Trouble } from './rollout.js';
import { handle, type World } from './server.js';
import { APPLY, Writes } from './writes.js';

export { EVERYTHING, type Grant } from './access.js';
export type { WorkloadPlace } from './controllers.js';
export type { KubeObject } from './objects.js';

export type KubernetesOptions = {
  readonly authority?: Authority;
  readonly network?: Network;
  readonly ledger?: Ledger;
  readonly random?: Random;
  /** Between two steps of the controllers; absent: they take one when they are told to. */
  readonly stepMs?: number;
  /** Of the cluster's own clock, epoch milliseconds. Default: Date.now. */
  readonly now?: () => number;
  /** Each has a pod of a DaemonSet. Default 3. */
  readonly nodes?: number;
};

/** An object as somebody declares it. */
export type Declared = { readonly metadata: { readonly name: string } & Tree } & Tree;

export type Kubernetes = {
  readonly url: string;
  readonly caPem: string;
  readonly faults: Faults;
  readonly ledger: Ledger;
  /** A bearer token of a user of this name, with these grants. */
  login(name: string, grants: readonly Grant[]): string;
  /** From now on nobody has this token. */
  revoke(token: string): void;
  /** Past the API, in the name of a field manager; the namespace is made with it. */
  add(plural: Plural, namespace: string, object: Declared, manager?: string): KubeObject;
  /** What GitOps, an operator or a colleague does: a strategic merge patch, past the API. */
  edit(plural: Plural, namespace: string, name: string, patch: Tree, manager: string): KubeObject;
  /** The same by server-side apply, forced: from now on the manager declares these fields. */
  apply(plural: Plural, namespace: string, name: string, config: Tree, manager: string): KubeObject;
  find(plural: Plural, namespace: string, name: string): KubeObject | undefined;
  pods(place: WorkloadPlace): readonly KubeObject[];
  /** Everything that etcd holds. */
  everything(): readonly KubeObject[];
  /** Of pods that are made from now on; undefined: nothing ails them any more. */
  trouble(place: WorkloadPlace, trouble: Trouble | undefined): void;
  /** A node takes the pod away at once; its controller makes another one. */
  evict(place: WorkloadPlace, pod: string): void;
  /** Its pods, ready, each made from the template with these annotations; no rollout changes them from then on. */
  replacePods(place: WorkloadPlace, annotations: readonly Readonly<Record<string, string>>[]): void;
  freeze(place: WorkloadPlace, isFrozen: boolean): void;
  /** One step of every controller. */
  step(): boolean;
  /** Steps until nothing changes any more. */
  settle(): void;
  connections(): number;
  close(): Promise<void>;
};

/** A Kubernetes API server, and the controllers that roll workloads out, over TLS on a free port of 127.0.0.1. */
export async function startKubernetes(options: KubernetesOptions = {}): Promise<Kubernetes> {
  const authority = options.authority ?? (await createAuthority('kubernetes'));
  const ledger = options.ledger ?? createLedger();
  const random = options.random ?? createRandom(randomInt(2 ** 32));
  const timers = createTimers();
  const faults = createFaults(ledger);
  const objects = new Objects(random, options.now ?? Date.now);
  const controllers = new Controllers(objects, options.nodes ?? 3);
  const users = new Map<string, User>();
  const world: World = {
    objects,
    writes: new Writes(objects),
    userOf: (token) => users.get(token),
    exchange: { faults, timers, random, latencyMs: 0 },
    log: (event) => void ledger.append(event),
  };
  const front = await (options.network ?? loopback(authority))({
    onRequest: async (request, response) => handle(world, request, response),
    onDefect: (error) => void ledger.append({ kind: 'sandbox.defect', operation: 'kubernetes', error }),
  });
  if (options.stepMs !== undefined) stepEvery(options.stepMs, controllers, timers);
  return {
    url: front.url,
    caPem: authority.caPem,
    faults,
    ledger,
    login(name, grants) {
      const token = random.base62(40);
      users.set(token, { name, grants });
      return token;
    },
    revoke: (token) => void users.delete(token),
    ...colleagues(world),
    everything: () => objects.all(),
    ...levers(objects, controllers),
    connections: () => front.connections(),
    async close() {
      timers.close();
      await front.close();
    },
  };
}

function stepEvery(ms: number, controllers: Controllers, timers: Timers): void {
  const next = (): void =>
    timers.after(ms, () => {
      controllers.step();
      next();
    });
  next();
}

type Colleagues = Pick<Kubernetes, 'add' | 'edit' | 'apply' | 'find'>;

function colleagues({ objects, writes }: World): Colleagues {
  return {
    add(plural, namespace, object, manager = 'kubectl-client-side-apply') {
      const options = { manager, isDryRun: false };
      if (!objects.find(resources.namespaces, undefined, namespace)) {
        const named = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
        writes.create({ resource: resources.namespaces }, named as unknown as KubeObject, options);
      }
      return writes.create(
        { resource: resources[plural], namespace },
        object as unknown as KubeObject,
        options,
      );
    },
    edit: (plural, namespace, name, patch, manager) =>
      writes.patch(
        { resource: resources[plural], namespace, name },
        'application/strategic-merge-patch+json',
        patch,
        {
          manager,
          isDryRun: false,
        },
      ),
    apply: (plural, namespace, name, config, manager) =>
      writes.patch(
        { resource: resources[plural], namespace, name },
        APPLY,
        { metadata: { name }, ...config },
        {
          manager,
          isDryRun: false,
          isForced: true,
        },
      ),
    find: (plural, namespace, name) => objects.find(resources[plural], namespace, name),
  };
}

const MOST_STEPS = 10_000;

function levers(objects: Objects, controllers: Controllers) {
  const pods = new Pods(objects);
  const workloadAt = ({ plural, namespace, name }: WorkloadPlace): Workload => {
    const found = objects.find(resources[plural], namespace, name);
    if (!found) throw new Error(`the sandbox has no ${plural} ${namespace}/${name}`);
    return found as Workload;
  };
  const settle = (): void => {
    for (let steps = 0; controllers.step(); steps += 1)
      if (steps > MOST_STEPS) throw new Error('the controllers of the sandbox never come to rest');
  };
  return {
    pods: (place: WorkloadPlace) => pods.of(workloadAt(place)),
    trouble: (place: WorkloadPlace, trouble: Trouble | undefined) => controllers.trouble(place, trouble),
    freeze: (place: WorkloadPlace, isFrozen: boolean) => controllers.freeze(place, isFrozen),
    evict(place: WorkloadPlace, name: string) {
      for (const pod of pods.of(workloadAt(place)).filter(({ metadata }) => metadata.name === name))
        pods.remove(pod);
    },
    replacePods(place: WorkloadPlace, annotations: readonly Readonly<Record<string, string>>[]) {
      controllers.freeze(place, true);
      const workload = workloadAt(place);
      for (const pod of pods.of(workload)) pods.remove(pod);
      for (const [index, words] of annotations.entries())
        pods.becomeReady(createFrom(pods, workload, place, { index, words }));
      controllers.step();
    },
    step: () => controllers.step(),
    settle,
  };
}

type Placed = { readonly index: number; readonly words: Readonly<Record<string, string>> };

function createFrom(
  pods: Pods,
  workload: Workload,
  place: WorkloadPlace,
  { index, words }: Placed,
): KubeObject {
  const { template } = workload.spec;
  const annotations = { ...template.metadata?.annotations, ...words };
  const own: PodTemplate = { ...template, metadata: { ...template.metadata, annotations } };
  const hash = hashOf(own);
  const isDeployment = place.plural === 'deployments';
  const { name } = workload.metadata;
  const owner = ownerOf(workload, resources[place.plural]);
  return pods.create(place.namespace, {
    name: isDeployment ? `${name}-${hash}-pod${index}` : `${name}-${index}`,
    template: own,
    owner: isDeployment ? { ...owner, kind: 'ReplicaSet', name: `${name}-${hash}` } : owner,
    labels: isDeployment ? { [POD_TEMPLATE_HASH]: hash } : { [REVISION_HASH]: `${name}-${hash}` },
    index,
  });
}
