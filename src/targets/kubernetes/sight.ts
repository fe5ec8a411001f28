import type { Fingerprint } from '../../rotation/secret.js';
import type { CommonReads } from './common.js';
import type { KubernetesTargetConfig } from './config.js';
import { tokenKeysOf, type SecretKey } from './consumers.js';
import { nameOf } from './errors.js';
import { templateOf } from './objects.js';
import { fingerprintKey, markOn } from './marks.js';
import type { Sight } from './observation.js';
import { lastOf, managerOf } from './owners.js';
import { counts, podsOf, sightOf, type Proof } from './pods.js';
import { heldIn, heldOrUnknown, placeOf, type Held, type ReadSecret } from './secrets.js';
import { desiredOf, standingOf } from './standing.js';
import { isRestarted, nothingFound, type Workload } from './workloads.js';

export type Asked = Pick<KubernetesTargetConfig, 'secret' | 'restart' | 'selector'> & {
  readonly rotation: string;
  readonly expected: Fingerprint;
};

/** What the pods of one workload run with. */
export async function lookAt(reads: CommonReads, workload: Workload, asked: Asked): Promise<Sight> {
  const { place, object } = workload;
  const { expected } = asked;
  if (!object)
    return { state: 'pending', seen: 0, of: 1, other: 0, why: [`${nameOf(place)} does not exist`] };
  const sources = await knownTo(reads, place.namespace, asked, tokenKeysOf(templateOf(object)));
  const stale = staleIn(place.namespace, sources.known, expected);
  const proof = isRestarted(workload) ? proofFor(workload, asked, sources) : undefined;
  if (!proof && stale.length > 0) return outdated(0, stale);
  if (!proof) return isRestarted(workload) ? ASSUMED : LEFT;
  const pods = (await podsOf(reads, workload)).filter((pod) => counts(pod, proof));
  const of = Math.max(desiredOf(workload), pods.length);
  // Whatever runs now, the next pod would read what the Secret holds.
  if (stale.length > 0) return outdated(of, stale);
  const sights = pods.map((pod) => sightOf(pod, proof));
  const seen = sights.filter(({ isSeen }) => isSeen).length;
  const standing = standingOf(workload);
  const undone = reverted(workload, proof);
  const why = [
    ...undone,
    ...(standing.state === 'done' ? [] : [`${nameOf(place)}: ${standing.why}`]),
    ...sights.flatMap((sight) => (sight.isSeen ? [] : [sight.why])),
  ];
  const unmarked = sights.filter((sight) => !sight.isSeen && sight.isOther).length;
  const other = Math.max(unmarked, undone.length);
  return { state: why.length > 0 || seen < of ? 'pending' : 'converged', seen, of, other, why };
}

/** A namespace in which the selector finds nothing. */
export async function lookAtNone(reads: CommonReads, namespace: string, asked: Asked): Promise<Sight> {
  const { known } = await knownTo(reads, namespace, asked, []);
  const stale = staleIn(namespace, known, asked.expected);
  if (stale.length > 0) return outdated(0, stale);
  return { state: 'nobody', seen: 0, of: 0, other: 0, why: [nothingFound(asked.selector, [namespace])] };
}

type Known = Held & { readonly source: SecretKey };

/** `isAll`: none of the Secrets was kept from Rotor. */
type Sources = { readonly known: readonly Known[]; readonly isAll: boolean };

async function knownTo(
  reads: CommonReads,
  namespace: string,
  { secret }: Asked,
  sources: readonly SecretKey[],
): Promise<Sources> {
  const read: ReadSecret = async (place) => reads.secret(place);
  if (secret) return { known: [{ source: secret, ...(await heldIn(read, namespace, secret)) }], isAll: true };
  const held = await Promise.all(
    sources.map(async (source) => ({ source, held: await heldOrUnknown(read, namespace, source) })),
  );
  // What a template only may refer to need not be there.
  const known = held.flatMap(({ source, held: one }) =>
    one?.fingerprint === undefined ? [] : [{ source, ...one }],
  );
  return { known, isAll: held.every((one) => one.held !== undefined) };
}

function staleIn(namespace: string, known: readonly Known[], expected: Fingerprint): string[] {
  return known.filter(({ fingerprint }) => fingerprint !== expected).map((one) => otherToken(namespace, one));
}

const ASSUMED: Sight = { state: 'assumed', seen: 0, of: 0, other: 0, why: [] };
const LEFT: Sight = { ...ASSUMED, state: 'left' };

/** Where Secrets hold another token. */
function outdated(of: number, stale: readonly string[]): Sight {
  return { state: 'pending', seen: 0, of, other: stale.length, why: stale };
}

function proofFor({ object, place }: Workload, asked: Asked, { known, isAll }: Sources): Proof | undefined {
  const { expected, restart, rotation } = asked;
  const changed = known.flatMap((one) => one.changed ?? []);
  if (restart === 'rollout') {
    const { fingerprint, since } = markOn((object && templateOf(object).metadata) ?? {}, rotation);
    return {
      by: 'mark',
      rotation,
      fingerprint: expected,
      secret:
        known.map(({ source }) => nameOf(placeOf(place.namespace, source))).join(' or ') || 'its Secret',
      since: fingerprint === expected ? { is: since } : undefined,
      after: lastOf(changed.filter(({ isExact }) => isExact))?.at,
    };
  }
  const after = isAll ? lastOf(changed)?.at : undefined;
  return after === undefined ? undefined : { by: 'birth', after };
}

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
  if (!object || proof.by !== 'mark') return [];
  const key = fingerprintKey(proof.rotation);
  const found = markOn(templateOf(object).metadata ?? {}, proof.rotation).fingerprint;
  if (found === proof.fingerprint) return [];
  const writer = managerOf(object.metadata, [
    'f:spec',
    'f:template',
    'f:metadata',
    'f:annotations',
    `f:${key}`,
  ]);
  const by = writer === undefined ? '' : `, by ${writer}`;
  const what = found === undefined ? 'has lost' : 'has another token in';
  return [`${nameOf(place)} ${what} its annotation ${key}${by}`];
}
