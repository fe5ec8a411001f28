/** The field of a value that may be anything; `undefined` where it has none. */
export function fieldOf(value: unknown, key: PropertyKey): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return Reflect.get(value, key);
}

export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce(fieldOf, value);
}
