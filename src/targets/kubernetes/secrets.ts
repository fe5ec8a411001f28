import { fingerprintOf, type Fingerprint, type Secret } from '../../rotation/secret.js';
import { ApiRefusal, MANAGER, type KubernetesApi, type Place } from './api.js';
import type { SecretKey } from './consumers.js';
import { nameOf, problemOf, Trouble } from './errors.js';
import { SECRET } from './kinds.js';
import type { Change } from './marks.js';
import { readOnceOver, type Pause } from './second.js';
import { secretObject, type SecretObject } from './objects.js';
import { changedAt, managerOf, ownerOf, type Changed } from './owners.js';

/** One key of one Secret, as it is now. */
export type Held = {
  readonly isThere: boolean;
  /** undefined: the Secret or its key is not there. */
  readonly fingerprint: Fingerprint | undefined;
  /** Who looks after it, for a sentence. */
  readonly by: string | undefined;
  readonly changed: Changed | undefined;
};

export function placeOf(namespace: string, { name }: Pick<SecretKey, 'name'>): Place {
  return { kind: SECRET, namespace, name };
}

export async function readSecret(api: KubernetesApi, place: Place): Promise<SecretObject | undefined> {
  return api.get(place, secretObject);
}

/** As one call of its own would give it. */
export type ReadSecret = (place: Place) => Promise<SecretObject | undefined>;

export async function heldIn(read: ReadSecret, namespace: string, secret: SecretKey): Promise<Held> {
  const found = await read(placeOf(namespace, secret));
  const encoded = found?.data?.[secret.key];
  if (!found || encoded === undefined)
    return { isThere: found !== undefined, fingerprint: undefined, by: undefined, changed: undefined };
  const path = ['f:data', `f:${secret.key}`];
  return {
    isThere: true,
    fingerprint: fingerprintOf(Buffer.from(encoded, 'base64').toString('utf8')),
    by: ownerOf(found.metadata) ?? managerOf(found.metadata, path),
    changed: changedAt(found.metadata, secret.key) ?? {
      at: found.metadata.creationTimestamp,
      isExact: false,
    },
  };
}

/** undefined: Rotor may not read it, which its preflight has told. */
export async function heldOrUnknown(
  read: ReadSecret,
  namespace: string,
  secret: SecretKey,
): Promise<Held | undefined> {
  try {
    return await heldIn(read, namespace, secret);
  } catch (error) {
    if (error instanceof ApiRefusal && error.status === 403) return undefined;
    throw error;
  }
}

/**
 * Puts the token under its key and leaves every other key as it is. Not by server-side apply: two targets that share
 * a Secret would be one manager there, and each would take the other's key away. What is told is the change of its
 * value, once its second is over, or undefined where Rotor may not look.
 */
export async function writeToken(
  api: KubernetesApi,
  place: Place,
  key: string,
  token: Secret,
  pause: Pause,
): Promise<Change | undefined> {
  const value = token.reveal();
  const encoded = Buffer.from(value, 'utf8').toString('base64');
  try {
    await patchOrCreate(api, place, { [key]: encoded });
  } catch (error) {
    throw new Trouble(problemOf(place, error, [value, encoded]));
  }
  const where = { name: place.name ?? '', key };
  const held = await readOnceOver(
    api,
    async () => heldOrUnknown(async (one) => readSecret(api, one), place.namespace, where),
    pause,
  );
  return held?.changed && { at: held.changed.at };
}

/** One of its own for each key: its time is that of the key then, whatever else Rotor writes to the Secret. */
function managerOfKey(data: Readonly<Record<string, string>>): string {
  // https://kubernetes.io/docs/reference/kubernetes-api/common-parameters/common-parameters/#fieldManager
  return `${MANAGER}/${Object.keys(data).join()}`.slice(0, 128);
}

async function patchOrCreate(
  api: KubernetesApi,
  place: Place,
  data: Readonly<Record<string, string>>,
): Promise<void> {
  const isPatched = await patched(api, place, data);
  if (isPatched) return;
  try {
    const manager = managerOfKey(data);
    await api.create({ kind: place.kind, namespace: place.namespace }, newSecret(place, data), { manager });
  } catch (error) {
    // Somebody has made it in between.
    const isThere = error instanceof ApiRefusal && error.reason === 'AlreadyExists';
    if (!isThere || !(await patched(api, place, data))) throw error;
  }
}

/** false: there is none. */
async function patched(
  api: KubernetesApi,
  place: Place,
  data: Readonly<Record<string, string>>,
): Promise<boolean> {
  try {
    await api.patch(place, { data }, { manager: managerOfKey(data) });
    return true;
  } catch (error) {
    if (error instanceof ApiRefusal && error.status === 404) return false;
    throw error;
  }
}

function newSecret({ name }: Place, data: Readonly<Record<string, string>>): unknown {
  return { apiVersion: SECRET.apiVersion, kind: SECRET.kind, metadata: { name }, type: 'Opaque', data };
}

/** The very write of a delivery, with the value that is there already, and kept by nobody. */
export async function rehearseWrite(
  api: KubernetesApi,
  place: Place,
  key: string,
  found: SecretObject | undefined,
): Promise<void> {
  const value = found?.data?.[key] ?? '';
  const data = { [key]: value };
  try {
    const trial = { isDryRun: true, manager: managerOfKey(data) };
    if (found) await api.patch(place, { data }, trial);
    else await api.create({ kind: place.kind, namespace: place.namespace }, newSecret(place, data), trial);
  } catch (error) {
    const plain = Buffer.from(value, 'base64').toString('utf8');
    throw new Trouble(problemOf(`${nameOf(place)}, on trial`, error, [value, plain]));
  }
}
