import { inOrder } from './in-order.js';
import { isTree } from './merge-keys.js';
import { applied, updated, type Writer } from './managed-fields.js';
import type { KubeObject, Objects } from './objects.js';
import { jsonPatched, mergePatched, strategicPatched } from './patches.js';
import { apiVersionOf, resources, type Resource } from './resources.js';
import { notFound, StatusError } from './status-error.js';
import { assertValid, withDefaults } from './validation.js';

export type Place = { readonly resource: Resource; readonly namespace?: string; readonly name: string };

export type WriteOptions = {
  readonly manager: string;
  /** dryRun=All: every step but the last, which would keep it. */
  readonly isDryRun: boolean;
  readonly isForced?: boolean;
};

export const APPLY = 'application/apply-patch+yaml';

const PATCHED = {
  'application/merge-patch+json': mergePatched,
  'application/strategic-merge-patch+json': strategicPatched,
  'application/json-patch+json': jsonPatched,
} as const;

const WITH_GENERATION = new Set(['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'CronJob']);

/** What clients may write, each step as the API server takes it. */
export class Writes {
  constructor(private readonly objects: Objects) {}

  create(place: Omit<Place, 'name'>, body: KubeObject, options: WriteOptions): KubeObject {
    const { resource, namespace } = place;
    const { name } = body.metadata;
    this.#assertNamespace(namespace);
    if (this.objects.find(resource, namespace, name)) throw alreadyExists(resource, name);
    const object = withDefaults({
      ...body,
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      metadata: { ...body.metadata, ...this.#birth(resource, namespace) },
    });
    assertValid(undefined, object);
    const managedFields = updated(undefined, object, this.#writer(resource, options, 'Update'));
    return this.#keep(resource, { ...object, metadata: { ...object.metadata, managedFields } }, options);
  }

  patch(place: Place, contentType: string, patch: unknown, options: WriteOptions): KubeObject {
    if (contentType === APPLY) return this.#apply(place, patch as KubeObject, options);
    if (!Object.hasOwn(PATCHED, contentType)) throw unsupported(contentType);
    const before = this.find(place);
    const patched = PATCHED[contentType as keyof typeof PATCHED](before, patch) as KubeObject;
    const isBound = isTree(patch) && isTree(patch['metadata']) && 'resourceVersion' in patch['metadata'];
    return this.#update(place, before, patched, { ...options, isBound });
  }

  replace(place: Place, body: KubeObject, options: WriteOptions): KubeObject {
    const isBound = body.metadata.resourceVersion !== undefined;
    return this.#update(place, this.find(place), body, { ...options, isBound });
  }

  remove(place: Place, { isDryRun }: WriteOptions): KubeObject {
    const object = this.find(place);
    if (!isDryRun) this.objects.remove(place.resource, object);
    return object;
  }

  find({ resource, namespace, name }: Place): KubeObject {
    const found = this.objects.find(resource, namespace, name);
    if (found) return found;
    throw notFound(resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`, name);
  }

  #update(
    { resource }: Place,
    before: KubeObject,
    patched: KubeObject,
    options: WriteOptions & { isBound: boolean },
  ): KubeObject {
    const { resourceVersion, uid, creationTimestamp, namespace, name } = before.metadata;
    if (options.isBound && patched.metadata.resourceVersion !== resourceVersion)
      throw new StatusError(
        409,
        'Conflict',
        `Operation cannot be fulfilled on ${resource.plural} "${name}": the object has been modified; please apply your changes to the latest version and try again`,
      );
    const metadata = {
      ...patched.metadata,
      uid,
      creationTimestamp,
      resourceVersion,
      name,
      ...(namespace !== undefined && { namespace }),
    };
    const after: KubeObject = { ...patched, status: before.status ?? {}, metadata };
    if (before.status === undefined) delete (after as Record<string, unknown>)['status'];
    const managedFields = updated(before, after, this.#writer(resource, options, 'Update'));
    return this.#changed(resource, before, { ...after, metadata: { ...metadata, managedFields } }, options);
  }

  #apply(place: Place, config: KubeObject, options: WriteOptions): KubeObject {
    const { resource, namespace, name } = place;
    if (options.manager === '')
      throw new StatusError(
        400,
        'BadRequest',
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
      );
    const before = this.objects.find(resource, namespace, name);
    const writer = this.#writer(resource, options, 'Apply');
    const merged = applied(before, config, writer, options.isForced ?? false);
    if (before) return this.#changed(resource, before, merged, options);
    this.#assertNamespace(namespace);
    const metadata = { ...merged.metadata, name, ...this.#birth(resource, namespace) };
    const object = withDefaults({
      ...merged,
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      metadata,
    });
    assertValid(undefined, object);
    return this.#keep(resource, object, options);
  }

  /** Without a change nothing is kept: the resource version stays, and no controller hears of it. */
  #changed(resource: Resource, before: KubeObject, after: KubeObject, options: WriteOptions): KubeObject {
    assertValid(before, after);
    if (JSON.stringify(inOrder(before)) === JSON.stringify(inOrder(after))) return before;
    const isNewSpec = JSON.stringify(inOrder(before.spec)) !== JSON.stringify(inOrder(after.spec));
    const generation = (before.metadata.generation ?? 0) + 1;
    const isRaised = isNewSpec && WITH_GENERATION.has(resource.kind);
    const metadata = { ...after.metadata, ...(isRaised && { generation }) };
    return this.#keep(resource, { ...after, metadata }, options);
  }

  #keep(resource: Resource, object: KubeObject, { isDryRun }: WriteOptions): KubeObject {
    return isDryRun ? object : this.objects.put(resource, object);
  }

  #birth({ kind, namespaced }: Resource, namespace: string | undefined) {
    return {
      ...(namespaced && namespace !== undefined && { namespace }),
      ...(WITH_GENERATION.has(kind) && { generation: 1 }),
      uid: this.objects.newUid(),
      resourceVersion: '',
      creationTimestamp: this.objects.timestamp(),
    };
  }

  #writer(resource: Resource, { manager }: WriteOptions, operation: Writer['operation']): Writer {
    return { manager, operation, apiVersion: apiVersionOf(resource), time: this.objects.timestamp() };
  }

  #assertNamespace(namespace: string | undefined): void {
    if (namespace === undefined || this.objects.find(resources.namespaces, undefined, namespace)) return;
    throw notFound('namespaces', namespace);
  }
}

export function unsupported(contentType: string): StatusError {
  return new StatusError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml (found ${contentType})`,
  );
}

function alreadyExists({ group, plural }: Resource, name: string): StatusError {
  const kind = group === '' ? plural : `${plural}.${group}`;
  return new StatusError(409, 'AlreadyExists', `${kind} "${name}" already exists`, { name, kind: plural });
}
