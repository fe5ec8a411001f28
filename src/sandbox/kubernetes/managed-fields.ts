import { fieldsV1, leavesOf, pathsOf, without, type Leaves } from './fields.js';
import type { KubeObject, ManagedFields } from './objects.js';
import { strategicPatched } from './patches.js';
import { StatusError } from './status-error.js';

export type Writer = {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly time: string;
};

type Owners = readonly ManagedFields[];

/** Who owns what after an update: what changed its value goes from whoever had it to whoever changed it. */
export function updated(before: KubeObject | undefined, after: KubeObject, writer: Writer): Owners {
  const was: Leaves = before ? leavesOf(before) : new Map();
  const is = leavesOf(after);
  const changed = new Set([...is].filter(([path, value]) => was.get(path) !== value).map(([path]) => path));
  const owners = before?.metadata.managedFields ?? [];
  const kept = owners.map((entry) => {
    const own = isOf(entry, writer) ? changed : new Set<string>();
    const paths = pathsOf(entry.fieldsV1);
    const left = paths.filter((path) => is.has(path) && (own.has(path) || !changed.has(path)));
    const now = [...new Set([...left, ...own])];
    const isTouched = own.size > 0 || (isOf(entry, writer) && left.length < paths.length);
    return { ...entry, ...(isTouched && { time: writer.time }), fieldsV1: fieldsV1(now) };
  });
  const isNew = changed.size > 0 && !owners.some((entry) => isOf(entry, writer));
  const added: Owners = isNew ? [entryOf(writer, changed)] : [];
  return [...kept, ...added].filter(({ fieldsV1: fields }) => Object.keys(fields).length > 0);
}

/**
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/: a field that another manager owns with another
 * value is a conflict unless forced; one that is applied no longer goes, unless somebody else owns it too.
 */
export function applied(
  before: KubeObject | undefined,
  config: KubeObject,
  writer: Writer,
  isForced: boolean,
): KubeObject {
  const wanted = leavesOf(config);
  const is: Leaves = before ? leavesOf(before) : new Map();
  const owners = before?.metadata.managedFields ?? [];
  const others = owners.filter((entry) => !isOf(entry, writer));
  const clashes = others.flatMap((entry) =>
    pathsOf(entry.fieldsV1)
      .filter((path) => wanted.has(path) && wanted.get(path) !== is.get(path))
      .map((path) => ({ path, manager: entry.manager })),
  );
  if (clashes.length > 0 && !isForced) throw conflict(clashes);
  const own = owners.find((entry) => isOf(entry, writer));
  const given = own ? pathsOf(own.fieldsV1).filter((path) => !wanted.has(path)) : [];
  const shared = new Set(others.flatMap((entry) => pathsOf(entry.fieldsV1)));
  const base = given.filter((path) => !shared.has(path)).reduce<unknown>(without, before ?? {});
  const after = strategicPatched(base, config) as KubeObject;
  const lost = new Set(clashes.map(({ path }) => path));
  const kept = others
    .map((entry) => ({
      ...entry,
      fieldsV1: fieldsV1(pathsOf(entry.fieldsV1).filter((path) => !lost.has(path))),
    }))
    .filter(({ fieldsV1: fields }) => Object.keys(fields).length > 0);
  const isSame =
    own !== undefined &&
    lost.size === 0 &&
    given.length === 0 &&
    [...wanted].every(([path, value]) => is.get(path) === value);
  const entry = isSame ? own : entryOf(writer, wanted.keys());
  return { ...after, metadata: { ...before?.metadata, ...after.metadata, managedFields: [...kept, entry] } };
}

function isOf(entry: ManagedFields, { manager, operation }: Writer): boolean {
  return entry.manager === manager && entry.operation === operation;
}

function entryOf(writer: Writer, paths: Iterable<string>): ManagedFields {
  return { ...writer, fieldsType: 'FieldsV1', fieldsV1: fieldsV1(paths) };
}

function conflict(clashes: readonly { path: string; manager: string }[]): StatusError {
  const named = clashes.map(({ path, manager }) => `conflict with "${manager}": ${pathText(path)}`);
  const text = `Apply failed with ${clashes.length} conflict${clashes.length > 1 ? 's' : ''}: ${named.join('; ')}`;
  return new StatusError(409, 'Conflict', text);
}

function pathText(path: string): string {
  return (JSON.parse(path) as string[]).map((step) => `.${step.slice(2)}`).join('');
}
