/**
 * Lists whose items are known by one of their fields, so that a patch may name one of them. Of the structs in
 * https://github.com/kubernetes/api (patchMergeKey, listMapKey); every other list is replaced whole.
 */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
  ports: 'containerPort',
  imagePullSecrets: 'name',
  ownerReferences: 'uid',
  conditions: 'type',
};

export type Item = Readonly<Record<string, unknown>>;

/** undefined where the list under this field is replaced whole. */
export function mergeKeyOf(field: string, list: readonly unknown[]): string | undefined {
  const key = Object.hasOwn(MERGE_KEYS, field) ? MERGE_KEYS[field] : undefined;
  return key !== undefined && list.every((item) => isTree(item)) ? key : undefined;
}

export function isTree(value: unknown): value is Item {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
