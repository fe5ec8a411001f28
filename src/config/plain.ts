/** The field of a value that may be anything; `undefined` where it has none. */
export function fieldOf(value: unknown, key: PropertyKey): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return Reflect.get(value, key);
}

/** A key that is not a plain word may be anything, a secret on the wrong side of a colon among it. */
export function isPlainKey(key: PropertyKey): boolean {
  return /^[\w.<-]{1,40}$/.test(String(key));
}

export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce(fieldOf, value);
}
