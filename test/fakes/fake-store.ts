import { createHash } from 'node:crypto';
import { RotorError } from '../../src/rotation/errors.js';
import { Secret } from '../../src/rotation/secret.js';
import type { Heads, Labelled, Pin, Replica, StageKey, Store, VersionId } from '../../src/stores/store.js';

/** The calls that can be made to fail; all of the port. */
export type StoreMethod =
  'preflight' | 'arrange' | 'heads' | 'versions' | 'stage' | 'read' | 'promote' | 'release';

type Failure = { readonly error: RotorError; readonly when: 'before' | 'after' };

/** A store in memory: one secret, its versions, and two kinds of label. */
export class FakeStore implements Store {
  readonly values = new Map<VersionId, string>();
  /** The versions that carry Rotor's own label, oldest first. */
  readonly labelled = new Set<VersionId>();
  currentVersion: VersionId | undefined;
  /** What was current before, as long as the fake has it. */
  previousVersion: VersionId | undefined;
  /** As each look shows them. */
  replicas: readonly Replica[] | undefined;
  readonly #failures = new Map<StoreMethod, Failure[]>();

  constructor(
    token?: string,
    readonly key: string = 'fake-store',
  ) {
    if (token !== undefined) this.moveCurrentTo(token);
  }

  /** The token that consumers read. */
  get currentToken(): string | undefined {
    return this.currentVersion === undefined ? undefined : this.values.get(this.currentVersion);
  }

  /** Somebody else writes: a new version becomes current, without one of Rotor's labels. */
  moveCurrentTo(token: string): VersionId {
    const count = String(this.values.size);
    const version = createHash('sha256').update(`${count} ${token}`).digest('hex') as VersionId;
    this.values.set(version, token);
    this.previousVersion = this.currentVersion;
    this.currentVersion = version;
    return version;
  }

  /**
   * The next call of `method` throws `error`; several are thrown one after the other. `before` changes nothing,
   * `after` is the lost reply: the call has taken effect.
   */
  failNext(method: StoreMethod, error: RotorError, when: 'before' | 'after' = 'before'): void {
    this.#failures.set(method, [...(this.#failures.get(method) ?? []), { error, when }]);
  }

  preflight(signal: AbortSignal): Promise<readonly string[]> {
    return this.#answer('preflight', signal, () => []);
  }

  arrange(signal: AbortSignal): Promise<readonly string[]> {
    return this.#answer('arrange', signal, () => []);
  }

  heads(signal: AbortSignal): Promise<Heads> {
    return this.#answer('heads', signal, () => {
      const staged = [...this.labelled].map((version) => this.#pin(version));
      const replicas = this.replicas && { replicas: this.replicas };
      if (this.currentVersion === undefined) return { staged, ...replicas };
      return { current: this.#pin(this.currentVersion), staged, ...replicas };
    });
  }

  versions(signal: AbortSignal): Promise<readonly Labelled[]> {
    return this.#answer('versions', signal, () => {
      const { currentVersion: current, previousVersion: previous } = this;
      const role = (version: VersionId): Labelled['role'] =>
        version === current ? 'current' : this.labelled.has(version) ? 'pending' : 'previous';
      const all = new Set([current, ...this.labelled, previous].filter((one) => one !== undefined));
      return [...all].map((version) => ({
        ...this.#pin(version),
        role: role(version),
        labels: [`fake-${role(version)}`],
      }));
    });
  }

  stage(key: StageKey, value: Secret, base: VersionId | null, signal: AbortSignal): Promise<Pin> {
    return this.#answer('stage', signal, () => {
      if (value.isEmpty) throw new RotorError('store_refused', 'The fake store refuses an empty token.');
      if (base !== null && this.values.size === 0) {
        throw new RotorError('store_missing', 'The fake store has no secret any more.');
      }
      const version = key as string as VersionId;
      if (!this.values.has(version)) {
        this.values.set(version, value.reveal());
        this.labelled.add(version);
      }
      this.currentVersion ??= version;
      return this.#pin(version);
    });
  }

  read(version: VersionId, signal: AbortSignal): Promise<Secret> {
    return this.#answer('read', signal, () => new Secret(this.#value(version)));
  }

  promote(version: VersionId, expected: VersionId, signal: AbortSignal): Promise<void> {
    return this.#answer('promote', signal, () => {
      this.#value(version);
      if (this.currentVersion === version) return;
      if (this.currentVersion !== expected) {
        const found = this.currentVersion ?? 'none';
        throw new RotorError(
          'store_conflict',
          `The fake store's current version is ${found}, not ${expected}.`,
        );
      }
      this.previousVersion = this.currentVersion;
      this.currentVersion = version;
    });
  }

  release(version: VersionId, signal: AbortSignal): Promise<void> {
    return this.#answer('release', signal, () => {
      this.labelled.delete(version);
    });
  }

  #pin(version: VersionId): Pin {
    return { version, fingerprint: new Secret(this.#value(version)).fingerprint };
  }

  #value(version: VersionId): string {
    const value = this.values.get(version);
    if (value === undefined) {
      throw new RotorError('store_missing', `The fake store holds no version ${version}.`);
    }
    return value;
  }

  async #answer<T>(method: StoreMethod, signal: AbortSignal, answer: () => T): Promise<T> {
    if (signal.aborted) {
      throw new RotorError('store_unavailable', `The fake store: ${method} was stopped before it began.`);
    }
    const failure = this.#failures.get(method)?.shift();
    if (failure?.when === 'before') throw failure.error;
    const result = answer();
    if (failure) throw failure.error;
    return result;
  }
}
