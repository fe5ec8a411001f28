import { nameOf } from './errors.js';
import { MANAGER, type Place } from './api.js';
import type { Metadata } from './objects.js';

/** Who else looks after an object, by the marks that they leave on it; undefined where nobody does. */
export function ownerOf(metadata: Metadata): string | undefined {
  const { labels, annotations, namespace } = metadata;
  const mark = (key: string): string | undefined => labels?.[key] ?? annotations?.[key];
  const reference = metadata.ownerReferences?.find(({ kind }) =>
    ['ExternalSecret', 'SealedSecret'].includes(kind),
  );
  if (reference) return `${reference.kind} ${namespace}/${reference.name}`;
  // https://external-secrets.io/latest/guides/ownership-deletion-policy/
  const external = Object.keys({ ...labels, ...annotations }).some((key) =>
    key.startsWith('reconcile.external-secrets.io/'),
  );
  if (external) return 'an ExternalSecret';
  // https://helm.sh/docs/chart_best_practices/labels/
  const release = annotations?.['meta.helm.sh/release-name'];
  if (release !== undefined) return `Helm release ${release}`;
  // https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/
  const argo =
    annotations?.['argocd.argoproj.io/tracking-id']?.split(':')[0] ?? mark('argocd.argoproj.io/instance');
  if (argo !== undefined) return `Argo CD application ${argo}`;
  // https://fluxcd.io/flux/components/kustomize/kustomizations/ and …/helm/helmreleases/
  const kustomization = mark('kustomize.toolkit.fluxcd.io/name');
  if (kustomization !== undefined) return `Flux Kustomization ${kustomization}`;
  const helmRelease = mark('helm.toolkit.fluxcd.io/name');
  if (helmRelease !== undefined) return `Flux HelmRelease ${helmRelease}`;
  const managedBy = labels?.['app.kubernetes.io/managed-by'];
  return managedBy === undefined || managedBy === MANAGER ? undefined : managedBy;
}

/** Who has written this field last, or declares it. */
export function managerOf({ managedFields }: Metadata, path: readonly string[]): string | undefined {
  return entryOf(managedFields, path)?.manager;
}

/** Not since when its value has been the same, but a moment at which it was, by the cluster's clock. */
export type Changed = {
  readonly at: string;
  /** Nobody has moved it by a change of another key. */
  readonly isExact: boolean;
};

/**
 * Of one key of a Secret, in whole seconds; undefined where nobody says so. Whoever changes a value takes it from all
 * others, so that each of its owners has got it since: the first of them is the closest.
 */
export function changedAt({ managedFields }: Metadata, key: string): Changed | undefined {
  const owners = ownersOf(managedFields, ['f:data', `f:${key}`]);
  const times = owners.flatMap(({ time }) => (time === undefined ? [] : [time]));
  const [at] = times.toSorted((a, b) => Date.parse(a) - Date.parse(b));
  return at === undefined
    ? undefined
    : { at, isExact: owners.some(({ fieldsV1 }) => isAlone(fieldsV1?.['f:data'])) };
}

export function lastOf(all: readonly Changed[]): Changed | undefined {
  return all.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at))[0];
}

/** A manager's time is that of its last change to any of its fields. */
function isAlone(data: unknown): boolean {
  return Object.keys(data ?? {}).filter((key) => key !== '.').length === 1;
}

function entryOf(entries: Metadata['managedFields'], path: readonly string[]) {
  const owners = ownersOf(entries, path);
  // Somebody else before Rotor: who only declares the field will put it back.
  return owners.find(({ manager }) => !isRotor(manager)) ?? owners[0];
}

function ownersOf(entries: Metadata['managedFields'], path: readonly string[]) {
  return (entries ?? []).filter(({ fieldsV1 }) => has(fieldsV1, path));
}

function isRotor(manager: string | undefined): boolean {
  return manager === MANAGER || manager?.startsWith(`${MANAGER}/`) === true;
}

function has(fields: unknown, [step, ...rest]: readonly string[]): boolean {
  if (step === undefined) return true;
  if (typeof fields !== 'object' || fields === null || !Object.hasOwn(fields, step)) return false;
  return has((fields as Readonly<Record<string, unknown>>)[step], rest);
}

/** Sentences on who may undo what Rotor writes to this Secret. */
export function findingsOnSecret(place: Place, metadata: Metadata, key: string): string[] {
  const owner = ownerOf(metadata);
  const name = nameOf(place);
  if (owner !== undefined)
    return [
      `${name} is managed by ${owner}: its next upgrade or reconciliation may put the old token back; let it read the token from the store of this rotation, or leave "secret" out of the target.`,
    ];
  const manager = managerOf(metadata, ['f:data', `f:${key}`]);
  if (manager === undefined || isRotor(manager)) return [];
  return [
    `The key ${key} of ${name} was last written by the field manager ${manager}: whatever that is may write it again.`,
  ];
}

export function findingsOnWorkload(place: Place, metadata: Metadata): string[] {
  const owner = ownerOf(metadata);
  if (owner === undefined) return [];
  return [
    `${nameOf(place)} is managed by ${owner}: where that replaces the whole pod template, it takes Rotor's annotation off again, which restarts the pods and shows as pending.`,
  ];
}
