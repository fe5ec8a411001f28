import type { Fingerprint, Secret } from '../rotation/secret.js';

declare const versionBrand: unique symbol;
export type VersionId = string & { readonly [versionBrand]: true };

declare const stageKeyBrand: unique symbol;
/** 64 hex digits, derived from the run: the same key is the same version, whoever writes it and however often. */
export type StageKey = string & { readonly [stageKeyBrand]: true };

/** A version that is readable in the store, and which token it holds. */
export type Pin = { readonly version: VersionId; readonly fingerprint: Fingerprint };

/** A copy of the secret elsewhere, which the upstream keeps up to date. */
export type Replica = {
  /** For a person: its region. */
  readonly place: string;
  readonly state: 'in_sync' | 'in_progress' | 'failed' | 'missing';
  /** In the upstream's own words. */
  readonly why?: string;
};

export type Heads = {
  /** The version that consumers read, where the secret exists and holds a token. */
  readonly current?: Pin;
  /** Versions that carry one of Rotor's own labels, `current` among them where it still does. */
  readonly staged: readonly Pin[];
  /** Those that the config declares; absent where it declares none. */
  readonly replicas?: readonly Replica[];
};

/** A version that the store keeps for a label, whoever has put that there. */
export type Labelled = {
  readonly version: VersionId;
  /** Absent where it holds no token that can be read. */
  readonly fingerprint?: Fingerprint;
  /** `pending`: staged by Rotor, or by a rotation of the store itself. `other`: labelled by somebody else. */
  readonly role: 'current' | 'pending' | 'previous' | 'other';
  /** In the upstream's own words. */
  readonly labels: readonly string[];
};

/**
 * Where the value lives. Promises (checked by the store contract suite):
 * - `stage` with one key makes one version, the first writer's value wins, and the reply tells which token it holds;
 *   it keeps what is current as it is. `base` is the version on which the new one is built: what else stands in it is
 *   taken over. With `null` the secret may be empty or absent, where the first version always becomes current: only
 *   the token in force may be staged so. With a base, an absent secret is `store_missing` and is not created;
 * - what `stage` returned can be read by version, from this process and any other;
 * - `promote` is conditional on `expected` still being current, in one atomic step of the upstream, else
 *   `store_conflict`; promoting what is already current resolves;
 * - `release` takes Rotor's own label off a version and nothing else; a version without one is left alone;
 * - every method stops when the signal aborts, may run twice, and throws `RotorError` only
 *   (`store_denied`, `store_missing`, `store_refused`, `store_conflict`, `store_unavailable`).
 */
export interface Store {
  /** What the journal locks: two rotations with the same key would overwrite each other. */
  readonly key: string;
  /**
   * Throws `store_refused` for a secret that someone else rotates or that is being deleted; an absent one is fine.
   * Changes nothing. What stands in no run's way and should be known is returned, a sentence each.
   */
  preflight(signal: AbortSignal): Promise<readonly string[]>;
  /**
   * Puts right what is declared of the secret besides its value, such as tags; to be called before anything is sent.
   * What cannot be put right is returned, a sentence each. Absent: nothing can be declared.
   */
  arrange?(signal: AbortSignal): Promise<readonly string[]>;
  heads(signal: AbortSignal): Promise<Heads>;
  /** Every version with a label, the current one first; none where there is no secret. One that is unreadable hides no other. */
  versions(signal: AbortSignal): Promise<readonly Labelled[]>;
  stage(key: StageKey, value: Secret, base: VersionId | null, signal: AbortSignal): Promise<Pin>;
  read(version: VersionId, signal: AbortSignal): Promise<Secret>;
  promote(version: VersionId, expected: VersionId, signal: AbortSignal): Promise<void>;
  release(version: VersionId, signal: AbortSignal): Promise<void>;
}
