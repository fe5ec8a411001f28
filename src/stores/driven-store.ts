import type { Secret } from '../rotation/secret.js';
import type { StageKey, Store, VersionId } from './store.js';

/**
 * A store whose own rotation drives Rotor: it announces a version, and calls until that version is current. What is
 * intended and what is settled is in its labels and versions alone: a call knows nothing else of the calls before it.
 */
export interface DrivenStore {
  /** For a person. */
  readonly place: string;
  readonly store: Store;
  readonly announced: Announced;
  readonly notes: Notes;
}

export type Standing = 'pending' | 'current' | 'unannounced';

/** The version that the store's rotation has announced, by the id that it has given to it. */
export interface Announced {
  /**
   * `pending`: to be filled and made current; `current`: that has been done; `unannounced`: neither. Throws
   * `store_refused` where the rotation of the store is off.
   */
  standing(version: VersionId, signal: AbortSignal): Promise<Standing>;
  /** undefined: empty so far, or, unless `patient`, not to be seen yet. */
  held(version: VersionId, patient: boolean, signal: AbortSignal): Promise<Secret | undefined>;
  /**
   * What the version holds afterwards: the first token ever, whoever has put it there. It then carries one of Rotor's
   * own labels as well, so that a rotation that is called off leaves it readable. The secret must have a current
   * version, or throws `store_missing`: the first version always becomes current.
   */
  fill(version: VersionId, token: Secret, signal: AbortSignal): Promise<Secret>;
  /** The rotation of this version has done what it was for: it is no longer announced. */
  dismiss(version: VersionId, signal: AbortSignal): Promise<void>;
  /** The commands that end a rotation which can go no further, so that another one can be started. */
  howToEnd(version: VersionId): string;
}

export type Note = { readonly key: VersionId; readonly isCrossed: boolean };

/** A few words beside the tokens, never a token: what is intended, durable before it is done. */
export interface Notes {
  /** One atomic step of the upstream: of all who write under one key, ever, one is told `written`. */
  write(key: StageKey, words: string, signal: AbortSignal): Promise<'written' | 'taken'>;
  read(key: VersionId, signal: AbortSignal): Promise<string>;
  /** What the note announces is proven not to have happened. A note that is not shown as crossed may yet be. */
  cross(key: VersionId, signal: AbortSignal): Promise<void>;
  /** It has served; whoever writes under its key is still told `taken` for as long as the store remembers it. */
  erase(key: VersionId, signal: AbortSignal): Promise<void>;
  /** Those that have not been erased. May lag behind what was written. */
  kept(signal: AbortSignal): Promise<readonly Note[]>;
}
