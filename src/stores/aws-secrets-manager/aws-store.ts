import { asRotorError, RotorError } from '../../rotation/errors.js';
import type { Secret } from '../../rotation/secret.js';
import type { Heads, Labelled, Pin, StageKey, Store, VersionId } from '../store.js';
import type { Content, NewVersion } from './api.js';
import type { AwsSecretsManagerConfig } from './config.js';
import { storeKey } from './identity.js';
import { CURRENT, isCrossedLabel, isNoteLabel, isOwnLabel, ownLabel, roleOf } from './labels.js';
import { partsOf, type AwsSecretsManagerDeps, type StoreParts } from './parts.js';
import { patiently } from './patience.js';
import { assertNotDeleted, assertWritable } from './preflight.js';
import { assertRoom } from './room.js';
import { promote } from './promotion.js';
import { currentOf } from './reader.js';
import { judged, policyIn } from './resource-policy.js';
import { failedReplicas, keepUp, replicasOf } from './upkeep.js';

/** The promises are the port's; what they rest on is at https://docs.aws.amazon.com/secretsmanager/latest/apireference/ */
export class AwsSecretsManagerStore implements Store {
  readonly key: string;
  readonly #config: AwsSecretsManagerConfig;
  readonly #parts: StoreParts;
  /**
   * What was current at the last look. Nobody can modify a version of AWS, so what is built on this one waits for no
   * second read of it: the token of a reset is written at once.
   */
  #base: Content | undefined;

  constructor(config: AwsSecretsManagerConfig, deps: AwsSecretsManagerDeps) {
    this.key = storeKey(config);
    this.#config = config;
    this.#parts = partsOf(config, deps);
  }

  async preflight(signal: AbortSignal): Promise<readonly string[]> {
    const { api, place, upkeep } = this.#parts;
    const description = await api.describe(signal);
    if (!description) return [];
    assertWritable(description, place, this.#config.drivenBy);
    const [policy] = await Promise.all([policyIn(upkeep, signal), assertRoom(api, place, signal)]);
    const { replicaRegions = [], credentials } = this.#config;
    const said = policy === undefined ? [] : judged(policy, { place, secret: description, credentials });
    return [...said, ...failedReplicas(replicasOf(description, replicaRegions), place)];
  }

  async arrange(signal: AbortSignal): Promise<readonly string[]> {
    const { tags, replicaRegions } = this.#config;
    if (tags === undefined && replicaRegions === undefined) return [];
    const { api, upkeep } = this.#parts;
    const description = await api.describe(signal);
    return description === undefined ? [] : keepUp(upkeep, description, this.#config, signal);
  }

  async heads(signal: AbortSignal): Promise<Heads> {
    const { api, reader, place } = this.#parts;
    const description = await api.describe(signal);
    if (description === undefined) return { staged: [] };
    assertNotDeleted(description, place);
    const own = [...description.labels].filter(([, labels]) => labels.some(isOwnLabel));
    const current = currentOf(description);
    const [currentPin, ...staged] = await Promise.all([
      current && this.#currentPin(current, signal),
      ...own.map(([version]) => reader.pin(version, signal)),
    ]);
    const { replicaRegions } = this.#config;
    return {
      ...(currentPin && { current: currentPin }),
      staged: staged.filter((pin) => pin !== undefined),
      ...(replicaRegions && { replicas: replicasOf(description, replicaRegions) }),
    };
  }

  async versions(signal: AbortSignal): Promise<readonly Labelled[]> {
    const { api, reader, place } = this.#parts;
    const description = await api.describe(signal);
    if (description === undefined) return [];
    assertNotDeleted(description, place);
    const tokens = [...description.labels].filter(([, labels]) => !labels.some(isOfNote));
    const all = await Promise.all(
      tokens.map(async ([version, labels]): Promise<Labelled> => {
        const pin = await reader.pin(version, signal).catch(unlessRetryable);
        return { version, role: roleOf(labels), labels, ...(pin && { fingerprint: pin.fingerprint }) };
      }),
    );
    return all.toSorted((one, other) => Number(other.role === 'current') - Number(one.role === 'current'));
  }

  async stage(key: StageKey, value: Secret, onto: VersionId | null, signal: AbortSignal): Promise<Pin> {
    const { reader, format, place } = this.#parts;
    if (value.isEmpty) throw new RotorError('store_refused', `An empty token cannot be stored in ${place}.`);
    const version = key as string as VersionId;
    const base = format.hasNeighbours ? await this.#baseOf(onto, signal) : undefined;
    const text = format.textWith(value, base && reader.textOf(base), `the current version of ${place}`);
    // A value without the token is an empty store: its first token is current, as in a secret without a value.
    const emptyBase = onto === null && base && reader.tokenIn(base) === undefined ? base : undefined;
    const labels = await this.#write({ version, text, labels: [ownLabel(version)] }, onto === null, signal);
    if (labels === 'taken' || !labels.includes(ownLabel(version))) await this.#label(version, signal);
    if (emptyBase) await this.promote(version, emptyBase.version, signal);
    return labels === 'taken' ? this.#pin(version, signal) : { version, fingerprint: value.fingerprint };
  }

  async read(version: VersionId, signal: AbortSignal): Promise<Secret> {
    const { reader } = this.#parts;
    const token = await reader.token(version, signal);
    if (token !== undefined) return token;
    throw new RotorError('store_refused', `${reader.placeOf(version)} holds no token.`, {
      hint: `The store names the key ${this.#config.key}; check it against the JSON of the secret.`,
    });
  }

  async promote(version: VersionId, expected: VersionId, signal: AbortSignal): Promise<void> {
    await promote(this.#parts, { version, expected }, signal);
  }

  async release(version: VersionId, signal: AbortSignal): Promise<void> {
    // `elsewhere` and `absent` mean that the version does not have the label, which is all that is asked for.
    await this.#parts.api.move({ label: ownLabel(version), from: version }, signal);
  }

  async #currentPin(version: VersionId, signal: AbortSignal): Promise<Pin | undefined> {
    const { reader } = this.#parts;
    this.#base = await reader.content(version, signal);
    return reader.pinIn(this.#base);
  }

  /** By its id, since the label may lag behind what was just promoted. */
  async #baseOf(onto: VersionId | null, signal: AbortSignal): Promise<Content | undefined> {
    const { api, delaysMs } = this.#parts;
    if (onto === null) return api.content({ label: CURRENT }, signal);
    if (this.#base?.version === onto) return this.#base;
    const named = await patiently(() => api.content({ version: onto }, signal), delaysMs, signal);
    return named ?? api.content({ label: CURRENT }, signal);
  }

  /** The labels of the version; `taken`: the key had another text before, which stays. */
  async #write(
    wanted: NewVersion,
    mayCreate: boolean,
    signal: AbortSignal,
  ): Promise<readonly string[] | 'taken'> {
    const { api, delaysMs, place } = this.#parts;
    const written = await patiently(
      async () => {
        const labels = await api.put(wanted, signal);
        if (labels !== 'absent') return labels;
        if (!mayCreate) return undefined;
        this.#assertCanBeCreated();
        // Taken: it has appeared in between, or an answer was lost. The next put finds it.
        return (await api.create(wanted, signal)) === 'created' ? [CURRENT] : undefined;
      },
      delaysMs,
      signal,
    );
    if (written !== undefined) return written;
    if (!mayCreate) throw this.#vanished();
    throw new RotorError('store_unavailable', `AWS neither finds ${place} nor lets it be created.`);
  }

  /** To create it now would make a token current that the APM Server has not accepted yet. */
  #vanished(): RotorError {
    return new RotorError('store_missing', `AWS does not find ${this.#parts.place} any more.`, {
      hint: 'Restore it, or create it again with any value: it is written to again as soon as it is there.',
    });
  }

  #assertCanBeCreated(): void {
    if (!this.#config.secretId.startsWith('arn:')) return;
    throw new RotorError('store_missing', `AWS does not find ${this.#parts.place}.`, {
      hint: 'A secret can only be created by name: set secretId to the name, or correct the ARN.',
    });
  }

  async #label(version: VersionId, signal: AbortSignal): Promise<void> {
    const { api, reader, delaysMs } = this.#parts;
    const label = ownLabel(version);
    const moved = await patiently(
      async () => ((await api.move({ label, to: version }, signal)) === 'absent' ? undefined : true),
      delaysMs,
      signal,
    );
    if (moved === undefined) throw await reader.absence(version, signal);
  }

  async #pin(version: VersionId, signal: AbortSignal): Promise<Pin> {
    return { version, fingerprint: (await this.read(version, signal)).fingerprint };
  }
}

function isOfNote(label: string): boolean {
  return isNoteLabel(label) || isCrossedLabel(label);
}

/** What holds something else than a token stays as it is; what may be readable in a moment is looked at again. */
function unlessRetryable(error: unknown): undefined {
  if (asRotorError(error).retryable) throw error;
  return undefined;
}
