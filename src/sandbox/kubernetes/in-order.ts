import { isTree } from './merge-keys.js';

/** The same with its fields sorted, to be compared: their order is none of an object. */
export function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (!isTree(value)) return value;
  const fields = Object.keys(value).toSorted();
  return Object.fromEntries(fields.map((field) => [field, inOrder(value[field])]));
}
