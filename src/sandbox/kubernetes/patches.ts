import { isTree, mergeKeyOf, type Item } from './merge-keys.js';
import { StatusError } from './status-error.js';

/** RFC 7386. */
export function mergePatched(target: unknown, patch: unknown): unknown {
  if (!isTree(patch)) return patch;
  const result: Record<string, unknown> = isTree(target) ? { ...target } : {};
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete result[field];
    else result[field] = mergePatched(result[field], value);
  }
  return result;
}

/**
 * As a merge patch, but lists with a merge key are merged item by item.
 * https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md
 */
export function strategicPatched(target: unknown, patch: unknown): unknown {
  if (!isTree(patch)) return patch;
  if (patch['$patch'] === 'replace') return withoutDirectives(patch);
  const result: Record<string, unknown> = isTree(target) ? { ...target } : {};
  for (const [field, value] of Object.entries(withoutDirectives(patch))) {
    if (value === null) delete result[field];
    else if (Array.isArray(value)) result[field] = listPatched(field, result[field], value as unknown[]);
    else result[field] = strategicPatched(result[field], value);
  }
  return result;
}

function listPatched(field: string, target: unknown, patch: readonly unknown[]): unknown {
  const key = mergeKeyOf(field, patch);
  if (key === undefined) return patch;
  const items: Item[] = Array.isArray(target) ? (target as Item[]) : [];
  const merged = new Map(items.map((item) => [item[key], item]));
  for (const item of patch as Item[]) {
    if (item['$patch'] === 'delete') merged.delete(item[key]);
    else merged.set(item[key], strategicPatched(merged.get(item[key]), item) as Item);
  }
  return [...merged.values()];
}

function withoutDirectives(patch: Item): Item {
  return Object.fromEntries(Object.entries(patch).filter(([field]) => !field.startsWith('$')));
}

type Operation = { readonly op: string; readonly path: string; readonly value?: unknown };

/** RFC 6902: add, remove, replace and test, which are what Kubernetes' clients send. */
export function jsonPatched(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw new StatusError(400, 'BadRequest', 'a JSON patch is a list of operations');
  return (patch as Operation[]).reduce(operated, structuredClone(target));
}

function operated(target: unknown, { op, path, value }: Operation): unknown {
  const steps = path
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = steps.pop();
  if (last === undefined) return value;
  let parent = target as Record<string, unknown>;
  for (const step of steps) parent = (parent[step] ?? impossible(path)) as Record<string, unknown>;
  if (op === 'test') {
    if (JSON.stringify(parent[last]) !== JSON.stringify(value)) impossible(path);
    return target;
  }
  if (op !== 'add' && !Object.hasOwn(parent, last)) impossible(path);
  if (Array.isArray(parent)) splice(parent, op, last, value);
  else if (op === 'remove') delete parent[last];
  else parent[last] = value;
  return target;
}

function splice(list: unknown[], op: string, step: string, value: unknown): void {
  const index = step === '-' ? list.length : Number(step);
  if (op === 'remove') list.splice(index, 1);
  else list.splice(index, op === 'add' ? 0 : 1, value);
}

function impossible(path: string): never {
  throw new StatusError(
    422,
    'Invalid',
    `the server rejected our request due to an error in our request: ${path}`,
  );
}
