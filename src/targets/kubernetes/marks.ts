import type { Fingerprint } from '../../rotation/secret.js';
import type { PodTemplate } from './objects.js';

/** Of the key of the Secret that the pods read: by the cluster's clock, in whole seconds of which no more is left. */
export type Change = { readonly at: string };

/** Of a pod or of a template, as one rotation has left it. */
export type Mark = { readonly fingerprint: string | undefined; readonly since: string | undefined };

type Annotated = { readonly annotations?: Readonly<Record<string, string>> | null | undefined };

/**
 * On the pod template, so that each pod says which token it was started for: `ROTATION.rotor.dev/token-fingerprint`.
 * The name of the rotation is in it, since each of two that restart one workload would take the other's away.
 */
export function fingerprintKey(rotation: string): string {
  return `${domainOf(rotation)}/token-fingerprint`;
}

/** When the Secret had got the token: one that comes back is another change, and needs another restart. */
function sinceKey(rotation: string): string {
  return `${domainOf(rotation)}/secret-changed`;
}

/** A domain ends in no hyphen, and the name of a rotation may: `shop--` is `shop.2`, which no other one can be. */
function domainOf(rotation: string): string {
  const name = rotation.replace(/-+$/, '');
  const hyphens = rotation.length - name.length;
  return hyphens === 0 ? `${name}.rotor.dev` : `${name}.${hyphens}.rotor.dev`;
}

export function markOn({ annotations }: Annotated, rotation: string): Mark {
  return {
    fingerprint: annotations?.[fingerprintKey(rotation)],
    since: annotations?.[sinceKey(rotation)],
  };
}

/**
 * The annotations that a delivery leaves: the same for the same change, of which a second one starts no rollout. So not
 * the time of the restart, of which two within a second would be one
 * (https://github.com/hashicorp/vault-secrets-operator/issues/1228).
 */
export function marksFor(
  template: PodTemplate,
  rotation: string,
  fingerprint: Fingerprint,
  change: Change | undefined,
): Readonly<Record<string, string | null>> {
  const before = markOn(template.metadata ?? {}, rotation);
  const isSame = before.fingerprint === fingerprint;
  const known = isSame ? before.since : undefined;
  return {
    [fingerprintKey(rotation)]: fingerprint,
    ...(before.since !== undefined && { [sinceKey(rotation)]: null }),
    ...sinceOf(sinceKey(rotation), known, change),
  };
}

function sinceOf(key: string, known: string | undefined, change: Change | undefined) {
  if (!change) return known === undefined ? {} : { [key]: known };
  const isSame = known !== undefined && timeOf(known) === Date.parse(change.at);
  return { [key]: isSame ? known : change.at };
}

/** What a dry run leaves in place of them. */
export function marksOnTrial(rotation: string): Readonly<Record<string, string>> {
  return { [fingerprintKey(rotation)]: 'on-trial', [sinceKey(rotation)]: 'on-trial' };
}

/** Epoch milliseconds; NaN where somebody has put something else there. A Rotor of before may have put a version behind it. */
export function timeOf(since: string): number {
  return Date.parse(since.split('/')[0] ?? '');
}
