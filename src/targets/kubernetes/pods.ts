import type { Fingerprint } from '../../rotation/secret.js';
import type { CommonReads } from './common.js';
import type { PodObject, WorkloadObject } from './objects.js';
import { markOn, timeOf } from './marks.js';
import type { Workload } from './workloads.js';

/** By what a pod is told to run with the token. */
export type Proof =
  | {
      readonly by: 'mark';
      readonly rotation: string;
      readonly fingerprint: Fingerprint;
      /** Where it is read from, in a sentence. */
      readonly secret: string;
      /** Of the template, where that asks for this token. */
      readonly since: { readonly is: string | undefined } | undefined;
      /** A moment at which the Secrets had the token already, where their change can be told from any other. */
      readonly after: string | undefined;
    }
  /** Made after the Secret had the token, both by the cluster's clock: its containers have read it. */
  | { readonly by: 'birth'; readonly after: string };

export type PodSight =
  | { readonly isSeen: true }
  | {
      readonly isSeen: false;
      /** It runs with another token and will go on, rather than end or become ready. */
      readonly isOther: boolean;
      readonly why: string;
    };

/** The pods of a workload that run, or end, or shall run; those that have ended for good are none. */
export async function podsOf(reads: CommonReads, { place, object }: Workload): Promise<PodObject[]> {
  if (!object?.spec.selector) return [];
  const selector = selectorText(object.spec.selector);
  const found = await reads.pods(place.namespace, selector);
  return found
    .filter(({ status }) => !['Succeeded', 'Failed'].includes(status?.phase ?? ''))
    .filter((pod) => isOf(pod, object, place.kind.kind));
}

/** Labels can be anybody's: a pod of a Deployment belongs to its ReplicaSet, which has the Deployment's name and the pod's hash. */
function isOf({ metadata }: PodObject, owner: WorkloadObject, kind: string): boolean {
  const controller = metadata.ownerReferences?.find((reference) => reference.controller === true);
  if (controller?.kind !== 'ReplicaSet') return controller?.uid === owner.metadata.uid;
  if (kind !== 'Deployment') return false;
  return controller.name === `${owner.metadata.name}-${metadata.labels?.['pod-template-hash']}`;
}

type Selector = NonNullable<WorkloadObject['spec']['selector']>;

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#set-based-requirement */
function selectorText({ matchLabels, matchExpressions }: Selector): string {
  const equal = Object.entries(matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const sets = (matchExpressions ?? []).map(({ key, operator, values }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator.toLowerCase()} (${(values ?? []).join(',')})`;
  });
  return [...equal, ...sets].join(',');
}

export function sightOf(pod: PodObject, proof: Proof): PodSight {
  const { metadata } = pod;
  const name = `${metadata.namespace}/${metadata.name}`;
  const isNew = isProven(pod, proof);
  if (metadata.deletionTimestamp != null)
    return { isSeen: false, isOther: false, why: `${name} is about to end, and runs until it has` };
  if (!isNew) return { isSeen: false, isOther: true, why: whyNot(pod, proof, name) };
  const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status === 'True') return { isSeen: true };
  return { isSeen: false, isOther: false, why: `${name} is not ready${reasonOf(pod)}` };
}

/** A pod that ends and had the new token already is neither behind nor there. */
export function counts(pod: PodObject, proof: Proof): boolean {
  return pod.metadata.deletionTimestamp == null || !isProven(pod, proof);
}

function isProven({ metadata }: PodObject, proof: Proof): boolean {
  if (proof.by === 'birth') return isBornAfter(metadata, proof.after);
  const { fingerprint, since } = markOn(metadata, proof.rotation);
  if (fingerprint !== proof.fingerprint) return false;
  if (proof.after !== undefined && isBornAfter(metadata, proof.after)) return true;
  if (proof.since && proof.since.is !== since) return false;
  // Made for a change of the Secret that is not the last one: it may have read what was there in between.
  return proof.after === undefined || (since !== undefined && timeOf(since) >= Date.parse(proof.after));
}

/** Whole seconds: one that was made in the very second is not proven. */
function isBornAfter({ creationTimestamp }: PodObject['metadata'], after: string): boolean {
  return Date.parse(creationTimestamp) > Date.parse(after);
}

/** A clause on one that is not proven. */
function whyNot({ metadata }: PodObject, proof: Proof, name: string): string {
  const isOfToken = proof.by === 'mark' && markOn(metadata, proof.rotation).fingerprint === proof.fingerprint;
  return isOfToken ? `${name} was made before ${proof.secret} changed` : `${name} has not been restarted`;
}

function reasonOf({ status }: PodObject): string {
  const waiting = status?.containerStatuses?.find(({ state }) => state?.waiting?.reason !== undefined);
  const unscheduled = status?.conditions?.find(
    ({ type, status: is }) => type === 'PodScheduled' && is === 'False',
  );
  const reason = waiting?.state?.waiting?.reason ?? unscheduled?.reason;
  return reason === undefined ? '' : ` (${reason})`;
}
