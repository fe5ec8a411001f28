import pLimit from 'p-limit';
import { Gathering } from '../gathering.js';
import { KubernetesApi, type Place } from './api.js';
import type { Cluster } from './cluster.js';
import { STOPPED, Trouble } from './errors.js';
import { POD } from './kinds.js';
import { podObject, secretObject, type PodObject, type SecretObject } from './objects.js';

/** Of fewer workloads the pods are listed one by one. */
const FEW = 20;
const AT_ONCE = 10;

/** By the selector that was asked for; in a namespace of many, all pods for each of them. */
type Pods = (selector: string) => readonly PodObject[];

/** What is read of one cluster. */
type Shared = {
  readonly podsByNamespace: Map<string, Gathering<string, Pods>>;
  readonly secretsByPlace: Map<string, Gathering<Place, SecretObject | undefined>>;
};

const shared = new WeakMap<object, Shared>();

/** What looks have in common, read once for all that look at the same time, of one target or of many. */
export class CommonReads {
  readonly #shared: Shared;

  constructor(
    private readonly cluster: Cluster,
    private readonly signal: AbortSignal,
  ) {
    this.#shared = shared.get(cluster.id) ?? { podsByNamespace: new Map(), secretsByPlace: new Map() };
    shared.set(cluster.id, this.#shared);
  }

  /** Those that the selector matches, and perhaps others of the namespace. */
  async pods(namespace: string, selector: string): Promise<readonly PodObject[]> {
    const list = async (all: readonly string[], stop: AbortSignal): Promise<Pods> => {
      const selectors = [...new Set(all)];
      const api = new KubernetesApi(this.cluster, stop);
      const place = { kind: POD, namespace };
      // In a namespace of many others it would take more calls than by selector.
      const every =
        selectors.length > FEW ? await api.listAtMost(selectors.length, place, '', podObject) : undefined;
      if (every) return () => every;
      const bySelector = new Map(
        await pLimit(AT_ONCE).map(
          selectors,
          async (one) => [one, await api.list(place, one, podObject)] as const,
        ),
      );
      return (one) => bySelector.get(one) ?? [];
    };
    const gathering = gatheringAt(this.#shared.podsByNamespace, namespace);
    const pods = await this.#unlessStopped(gathering.read(selector, list, this.signal));
    return pods(selector);
  }

  /** undefined: there is none. */
  async secret(place: Place): Promise<SecretObject | undefined> {
    const read = async (_: readonly Place[], stop: AbortSignal): Promise<SecretObject | undefined> =>
      new KubernetesApi(this.cluster, stop).get(place, secretObject);
    const gathering = gatheringAt(this.#shared.secretsByPlace, `${place.namespace}/${place.name}`);
    return this.#unlessStopped(gathering.read(place, read, this.signal));
  }

  async #unlessStopped<T>(found: Promise<T>): Promise<T> {
    return found.catch((error: unknown) => {
      throw this.signal.aborted ? new Trouble(STOPPED) : error;
    });
  }
}

function gatheringAt<Wanted, Found>(
  all: Map<string, Gathering<Wanted, Found>>,
  key: string,
): Gathering<Wanted, Found> {
  const known = all.get(key) ?? new Gathering();
  all.set(key, known);
  return known;
}
