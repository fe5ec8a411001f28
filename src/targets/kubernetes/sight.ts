import type { Fingerprint } from '../../rotation/secret.js';
import type { Observation } from '../target.js';
import type { KubernetesApi } from './api.js';
import type { KubernetesTargetConfig } from './config.js';
import { tokenKeysOf, type SecretKey } from './consumers.js';
import { nameOf } from './errors.js';
import { templateOf } from './objects.js';
import { fingerprintKey } from './marks.js';
import { managerOf } from './owners.js';
import { counts, podsOf, sightOf, type Proof } from './pods.js';
import { heldIn, heldOrUnknown, placeOf, type Held } from './secrets.js';
import { desiredOf, standingOf } from './standing.js';
import { annotationOf, isRestarted, type Workload } from './workloads.js';

/** What was seen of one workload; `undefined` as a count: nobody can look. */
export type Sight = {
  readonly state: 'converged' | 'pending' | 'failed' | 'assumed';
  readonly seen: number;
  readonly of: number;
  /** Why not yet, one thing each. */
  readonly why: readonly string[];
};

type Asked = Pick<KubernetesTargetConfig, 'secret' | 'restart'> & {
  readonly rotation: string;
  readonly expected: Fingerprint;
};

/** What the pods of one workload run with. */
export async function lookAt(api: KubernetesApi, workload: Workload, asked: Asked): Promise<Sight> {
  const { place, object } = workload;
  const { expected } = asked;
  if (!object) return { state: 'pending', seen: 0, of: 1, why: [`${nameOf(place)} does not exist`] };
  const known = asked.secret
    ? [{ source: asked.secret, ...(await heldIn(api, place.namespace, asked.secret)) }]
    : await knownOf(api, place.namespace, tokenKeysOf(templateOf(object)));
  const stale = known.filter(({ fingerprint }) => fingerprint !== expected);
  const proof = proofFor(asked, known);
  if (!isRestarted(workload)) return stale.length > 0 ? behind(0, 0, stale.map((one) => otherToken(place.namespace, one))) : ASSUMED;
  if (!proof) return ASSUMED;
  const pods = (await podsOf(api, workload)).filter((pod) => counts(pod, proof));
  const of = Math.max(desiredOf(workload), pods.length);
  // Whatever runs now, the next pod would read what the Secret holds.
  if (stale.length > 0) return behind(0, of, stale.map((one) => otherToken(place.namespace, one)));
  const sights = pods.map((pod) => sightOf(pod, proof));
  const seen = sights.filter(({ isSeen }) => isSeen).length;
  const standing = standingOf(workload);
  const why = [
    ...reverted(workload, proof),
    ...(standing.state === 'done' ? [] : [`${nameOf(place)}: ${standing.why}`]),
    ...sights.flatMap((sight) => (sight.isSeen ? [] : [sight.why])),
  ];
  if (standing.state === 'given_up' && reverted(workload, proof).length === 0) return { state: 'failed', seen, of, why };
  if (why.length > 0 || seen < of) return behind(seen, of, why);
  return { state: 'converged', seen, of, why };
} // prettier-ignore

type Known = Held & { readonly source: SecretKey };

/** Of Secrets that somebody else writes: what a template only may refer to need not be there. */
async function knownOf(api: KubernetesApi, namespace: string, sources: readonly SecretKey[]): Promise<Known[]> {
  const held = await Promise.all(sources.map(async (source) => ({ source, held: await heldOrUnknown(api, namespace, source) })));
  return held.flatMap(({ source, held: one }) => (one?.fingerprint === undefined ? [] : [{ source, ...one }]));
} // prettier-ignore

const ASSUMED: Sight = { state: 'assumed', seen: 0, of: 0, why: [] };

function behind(seen: number, of: number, why: readonly string[]): Sight {
  return { state: 'pending', seen, of, why };
}

function proofFor({ expected, restart, rotation }: Asked, known: readonly Held[]): Proof | undefined {
  if (restart === 'rollout') return { by: 'annotation', key: fingerprintKey(rotation), fingerprint: expected };
  const times = known.flatMap(({ changedAt }) => (changedAt === undefined ? [] : [changedAt]));
  const after = times.toSorted((a, b) => Date.parse(b) - Date.parse(a))[0];
  return after === undefined ? undefined : { by: 'birth', after };
} // prettier-ignore

function otherToken(
  namespace: string,
  { source, isThere, fingerprint, by }: Held & { source: SecretKey },
): string {
  const name = nameOf(placeOf(namespace, source));
  if (!isThere) return `${name} does not exist`;
  if (fingerprint === undefined) return `${name} has no key ${source.key}`;
  const writer = by === undefined ? '' : `, written by ${by}`;
  return `${name} holds another token under ${source.key}${writer}`;
}

/** Somebody has put a pod template back that does not ask for this token. */
function reverted({ place, object }: Workload, proof: Proof): string[] {
  if (!object || proof.by !== 'annotation') return [];
  const found = annotationOf(object, proof.key);
  if (found === proof.fingerprint) return [];
  const writer = managerOf(object.metadata, ['f:spec', 'f:template', 'f:metadata', 'f:annotations', `f:${proof.key}`]);
  const by = writer === undefined ? '' : `, by ${writer}`;
  const what = found === undefined ? 'has lost' : 'has another token in';
  return [`${nameOf(place)} ${what} its annotation ${proof.key}${by}`];
} // prettier-ignore

const MOST_NAMED = 5;

/** One observation of all workloads together: the worst that was seen of any of them. */
export function observationOf(sights: readonly Sight[]): Observation {
  const seen = sights.reduce((sum, sight) => sum + sight.seen, 0);
  const of = sights.reduce((sum, sight) => sum + sight.of, 0);
  const has = (state: Sight['state']): boolean => sights.some((sight) => sight.state === state);
  const why = sights.filter(({ state }) => state === 'failed' || state === 'pending').flatMap((sight) => sight.why);
  if (has('failed')) return { state: 'failed', seen, of, detail: sentence(seen, of, why) };
  if (has('pending')) return { state: 'pending', seen, of, detail: sentence(seen, of, why) };
  return has('converged') ? { state: 'converged', seen, of } : { state: 'assumed' };
} // prettier-ignore

function sentence(seen: number, of: number, all: readonly string[]): string {
  // One Secret may keep several workloads behind.
  const why = [...new Set(all)];
  const named = why.slice(0, MOST_NAMED);
  const more = why.length > MOST_NAMED ? [`and ${why.length - MOST_NAMED} more`] : [];
  return `${seen} of ${of} pods${why.length > 0 ? ': ' : ''}${[...named, ...more].join(', ')}`;
}
