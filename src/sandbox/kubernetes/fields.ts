import { isTree, mergeKeyOf, type Item } from './merge-keys.js';
import type { Tree } from './objects.js';

/** Leaves of an object: each path, in the words of FieldsV1, with its value. */
export type Leaves = ReadonlyMap<string, string>;

const SERVERS_OWN = new Set([
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'managedFields',
]);

export function leavesOf(object: Item): Leaves {
  const leaves = new Map<string, string>();
  for (const [field, value] of Object.entries(object)) {
    if (['apiVersion', 'kind', 'status'].includes(field)) continue;
    if (field !== 'metadata') collect(leaves, [`f:${field}`], field, value);
    else
      for (const [name, item] of Object.entries(value as Item))
        if (!SERVERS_OWN.has(name)) collect(leaves, ['f:metadata', `f:${name}`], name, item);
  }
  return leaves;
}

function collect(leaves: Map<string, string>, path: readonly string[], field: string, value: unknown): void {
  if (isTree(value) && Object.keys(value).length > 0) {
    for (const [name, item] of Object.entries(value)) collect(leaves, [...path, `f:${name}`], name, item);
    return;
  }
  const key = Array.isArray(value) ? mergeKeyOf(field, value) : undefined;
  if (key === undefined) {
    leaves.set(JSON.stringify(path), JSON.stringify(value));
    return;
  }
  for (const item of value as Item[])
    collect(leaves, [...path, `k:${JSON.stringify({ [key]: item[key] })}`], '', item);
}

/** https://kubernetes.io/docs/reference/using-api/server-side-apply/#serialization */
export function fieldsV1(paths: Iterable<string>): Tree {
  const root: Record<string, unknown> = {};
  for (const path of paths) {
    let node = root;
    for (const step of JSON.parse(path) as string[]) {
      node[step] ??= {};
      node = node[step] as Record<string, unknown>;
    }
  }
  return root;
}

export function pathsOf(fields: Tree, path: readonly string[] = []): string[] {
  return Object.entries(fields).flatMap(([step, below]) => {
    const here = [...path, step];
    const isLeaf = Object.keys(below as Tree).length === 0;
    return isLeaf ? [JSON.stringify(here)] : pathsOf(below as Tree, here);
  });
}

/** Takes one leaf out of an object, by its path in the words of FieldsV1. */
export function without(object: unknown, path: string): unknown {
  return removed(object, JSON.parse(path) as string[]);
}

function removed(node: unknown, [step, ...rest]: readonly string[]): unknown {
  if (step === undefined) return undefined;
  if (step.startsWith('k:') && Array.isArray(node)) {
    const [[key, value] = ['', '']] = Object.entries(JSON.parse(step.slice(2)) as Item);
    const items = node.map((item: Item) => (item[key] === value ? removed(item, rest) : item));
    return items.filter((item) => item !== undefined);
  }
  if (!isTree(node)) return node;
  const field = step.slice(2);
  const { [field]: below, ...others } = node;
  const left = rest.length === 0 ? undefined : removed(below, rest);
  return left === undefined ? others : { ...others, [field]: left };
}
