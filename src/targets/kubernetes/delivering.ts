import pLimit from 'p-limit';
import { setTimeout as delay } from 'node:timers/promises';
import type { Secret } from '../../rotation/secret.js';
import type { Problem } from '../problems.js';
import type { KubernetesApi, Place } from './api.js';
import type { KubernetesTargetConfig } from './config.js';
import { tokenKeysOf, type SecretKey } from './consumers.js';
import { nameOf, problemOf, Trouble } from './errors.js';
import { marksFor, type Change } from './marks.js';
import { templateOf } from './objects.js';
import { lastOf } from './owners.js';
import { readOnceOver, type Pause } from './second.js';
import { heldOrUnknown, placeOf, readSecret, writeToken, type Held } from './secrets.js';
import { assertPresent, isRestarted, restartPatch, workloadsIn, type Workload } from './workloads.js';

const AT_ONCE = 5;

export type Delivering = {
  readonly api: KubernetesApi;
  readonly config: KubernetesTargetConfig;
  readonly rotation: string;
  readonly token: Secret;
  readonly signal: AbortSignal;
  /** Between two looks at a Secret that somebody else writes. */
  readonly pollMs: number;
  readonly pause: Pause;
};

export type Outcome = { readonly of: number; readonly problems: readonly Problem[] };

/** The Secret of each namespace, then its workloads; one that fails stops no other. */
export async function deliverAll(work: Delivering): Promise<Outcome> {
  const outcomes = await Promise.all(
    work.config.namespaces.map(async (namespace) => toNamespace(work, namespace)),
  );
  return {
    of: outcomes.reduce((sum, { of }) => sum + of, 0),
    problems: outcomes.flatMap(({ problems }) => problems),
  };
}

async function toNamespace(work: Delivering, namespace: string): Promise<Outcome> {
  const { api, config, token } = work;
  let change: Change | undefined;
  const written = await tried(namespace, async () => {
    if (config.secret)
      change = await writeToken(api, placeOf(namespace, config.secret), config.secret.key, token, work.pause);
  });
  const steps = config.secret ? 1 : 0;
  if (config.restart === 'none' || written.length > 0) return { of: steps, problems: written };
  let workloads: Workload[] = [];
  const resolved = await tried(namespace, async () => {
    workloads = (await workloadsIn(api, config, namespace)).filter(isRestarted);
  });
  const restarted = await pLimit(AT_ONCE).map(workloads, async (workload) =>
    tried(nameOf(workload.place), async () => restart(work, workload, change)),
  );
  return { of: steps + Math.max(1, workloads.length), problems: [...resolved, ...restarted.flat()] };
}

async function restart(work: Delivering, workload: Workload, written: Change | undefined): Promise<void> {
  const object = assertPresent(workload);
  if (object.spec.paused === true)
    throw new Trouble({
      what: `${nameOf(workload.place)} is paused, and takes no new pods`,
      hint: 'Resume its rollout.',
      retryable: true,
    });
  const template = templateOf(object);
  const change = work.config.secret ? written : await awaitOwners(work, workload, tokenKeysOf(template));
  const marks = marksFor(template, work.rotation, work.token.fingerprint, change);
  await work.api.patch(workload.place, restartPatch(marks));
}

/** Pods that start before somebody else's Secret has the token would start with the old one, and look as if they had not. */
async function awaitOwners(
  work: Delivering,
  { place }: Workload,
  sources: readonly SecretKey[],
): Promise<Change | undefined> {
  const all: Held[] = [];
  for (const source of sources) {
    const held = await brought(work, place, source);
    if (held) all.push(held);
  }
  const last = lastOf(all.flatMap(({ changed }) => changed ?? []));
  return last && { at: last.at };
}

/** What the Secret holds once that is the token for good; undefined: Rotor may not look. */
async function brought(work: Delivering, place: Place, source: SecretKey): Promise<Held | undefined> {
  const { api, token, signal, pollMs, pause } = work;
  const read = async (): Promise<Held | undefined> =>
    heldOrUnknown(async (one) => readSecret(api, one), place.namespace, source);
  let held = await read();
  try {
    for (;;) {
      if (!held || !isOther(held, token)) held = await readOnceOver(api, read, pause);
      if (!held || !isOther(held, token)) return held;
      await delay(pollMs, undefined, { signal });
      held = await read();
    }
  } catch (error) {
    if (!signal.aborted || !held || !isOther(held, token)) throw error;
    throw new Trouble({
      what: `${nameOf(place)} was not restarted, since ${nameOf(placeOf(place.namespace, source))} still holds another token under ${source.key}`,
      hint: `See why ${held.by ?? 'its owner'} does not bring the new one.`,
      retryable: true,
    });
  }
}

function isOther({ fingerprint }: Held, token: Secret): boolean {
  return fingerprint !== undefined && fingerprint !== token.fingerprint;
}

async function tried(where: string, work: () => Promise<void>): Promise<readonly Problem[]> {
  try {
    await work();
    return [];
  } catch (error) {
    return [problemOf(where, error)];
  }
}
