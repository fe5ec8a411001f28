import { uuid, type Random } from '../random.js';
import type { Resource } from './resources.js';

export type Tree = { readonly [field: string]: unknown };

export type ManagedFields = {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly time: string;
  readonly fieldsType: 'FieldsV1';
  readonly fieldsV1: Tree;
};

export type OwnerReference = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
};

export type Words = Readonly<Record<string, string>>;

export type ObjectMeta = {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** Of kinds with a spec that a controller acts on: raised when that changes. */
  readonly generation?: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Words;
  readonly annotations?: Words;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly managedFields?: readonly ManagedFields[];
};

export type KubeObject = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec?: Tree;
  readonly status?: Tree;
  readonly data?: Words;
  readonly [field: string]: unknown;
};

export type Change = {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: Resource;
  readonly object: KubeObject;
};

// Of apimachinery's util/rand: no vowels, so that no words come out.
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** What etcd holds. Every change has the next resource version of the one counter. */
export class Objects {
  readonly #held = new Map<string, KubeObject>();
  readonly #history: Change[] = [];
  readonly #listeners = new Set<(change: Change) => void>();
  #revision = 1000;

  constructor(
    private readonly random: Random,
    readonly now: () => number,
  ) {}

  get revision(): string {
    return String(this.#revision);
  }

  /** metav1.Time has whole seconds. */
  timestamp(): string {
    return `${new Date(this.now()).toISOString().slice(0, 19)}Z`;
  }

  newUid(): string {
    return uuid(this.random);
  }

  newSuffix(length: number): string {
    return Array.from({ length }, () => ALPHABET.charAt(this.random.int(ALPHABET.length))).join('');
  }

  list(resource: Resource, namespace?: string): KubeObject[] {
    const prefix = namespace === undefined ? `${resource.plural}/` : `${resource.plural}/${namespace}/`;
    return [...this.#held]
      .filter(([key]) => key.startsWith(prefix))
      .map(([, object]) => object)
      .toSorted((a, b) => keyOf(resource, a).localeCompare(keyOf(resource, b)));
  }

  find(resource: Resource, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#held.get(`${resource.plural}/${namespace ?? ''}/${name}`);
  }

  put(resource: Resource, object: KubeObject): KubeObject {
    const key = keyOf(resource, object);
    const type = this.#held.has(key) ? 'MODIFIED' : 'ADDED';
    const stored = this.#stamped(object);
    this.#held.set(key, stored);
    this.#tell({ type, resource, object: stored });
    return stored;
  }

  remove(resource: Resource, object: KubeObject): void {
    if (!this.#held.delete(keyOf(resource, object))) return;
    this.#tell({ type: 'DELETED', resource, object: this.#stamped(object) });
  }

  since(revision: string): readonly Change[] {
    return this.#history.filter(({ object }) => Number(object.metadata.resourceVersion) > Number(revision));
  }

  listen(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Everything that is held; the order is that of the keys. */
  all(): readonly KubeObject[] {
    return [...this.#held.entries()].toSorted(([a], [b]) => a.localeCompare(b)).map(([, object]) => object);
  }

  #stamped(object: KubeObject): KubeObject {
    this.#revision += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#revision) } };
  }

  #tell(change: Change): void {
    this.#history.push(change);
    for (const listener of this.#listeners) listener(change);
  }
}

function keyOf({ plural }: Resource, { metadata }: KubeObject): string {
  return `${plural}/${metadata.namespace ?? ''}/${metadata.name}`;
}
