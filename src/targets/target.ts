import type { Fingerprint, Secret } from '../rotation/secret.js';

/**
 * Of instances that are not seen on the token: how many are proven to run with another one, or to lack the mark of this
 * one. Absent: all of them. One that only is not ready yet, or is switched off, is none of these.
 */
type Other = { readonly other?: number };

/** Nothing of the instances was seen: who alone could tell of them has not. */
type Unseen = { readonly unseen?: true };

/**
 * What is seen of a target's instances. `pending` and `failed` may say who is behind and why; `failed` does not get
 * there by itself any more (a rollout that was given up or rolled back). `assumed`: delivered, and there is no way to
 * look. `needs_release`: no delivery reaches what runs; only a new version of the application does.
 */
export type Observation =
  | { readonly state: 'converged'; readonly seen: number; readonly of: number }
  | ({
      readonly state: 'pending';
      readonly seen: number;
      readonly of: number;
      readonly detail?: string;
    } & Other &
      Unseen)
  | ({
      readonly state: 'failed';
      readonly seen: number;
      readonly of: number;
      readonly detail: string;
    } & Other)
  | { readonly state: 'assumed' }
  | {
      readonly state: 'needs_release';
      readonly detail: string;
      /** What runs was looked at, and is without the token. */
      readonly isSeen?: true;
    };

/** What does not stop a delivery and should be known before it, a sentence that names the target. */
export type Finding = string;

/** What is known of a rotation, and cannot be seen from one of its targets. */
export type Known = {
  /** Addresses of the APM Server whose token it is, https; empty where none is known. */
  readonly apmUrls: readonly string[];
};

/**
 * A downstream agent deployment that must pick the token up. Promises (checked by the target contract suite):
 * - `preflight` changes nothing and throws `target_refused` where a delivery could not work, or would do nothing; it
 *   tells of agents that send to none of the known APM Servers, which may be a proxy of it;
 * - `deliver` may run any number of times with one token, and a crash in it leaves the old or the new token whole,
 *   never a part; `target_failed` where it did not get through;
 * - `observe` changes nothing and tells what the target's own processes run with, never what was sent to them; where
 *   the target does not even hold the token (any more), it is `pending`;
 * - every method stops when the signal aborts and throws `RotorError` only.
 */
export interface Target {
  preflight(signal: AbortSignal, known?: Known): Promise<readonly Finding[]>;
  deliver(token: Secret, signal: AbortSignal): Promise<void>;
  observe(expected: Fingerprint, signal: AbortSignal): Promise<Observation>;
}
