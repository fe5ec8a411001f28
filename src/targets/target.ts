import type { Fingerprint, Secret } from '../rotation/secret.js';

/** What is seen of a target's instances. `assumed`: delivered, and there is no way to look. */
export type Observation =
  | { readonly state: 'converged'; readonly seen: number; readonly of: number }
  | { readonly state: 'pending'; readonly seen: number; readonly of: number }
  | { readonly state: 'assumed' };

/**
 * A downstream agent deployment that must pick the token up. Promises (checked by the target contract suite):
 * - `preflight` changes nothing and throws `target_refused` where a delivery could not work;
 * - `deliver` may run any number of times with one token, and a crash in it leaves the old or the new token whole,
 *   never a part; `target_failed` where it did not get through;
 * - `observe` changes nothing and tells what the target's own processes run with, never what was sent to them; where
 *   the target does not even hold the token (any more), it is `pending`;
 * - every method stops when the signal aborts and throws `RotorError` only.
 */
export interface Target {
  preflight(signal: AbortSignal): Promise<void>;
  deliver(token: Secret, signal: AbortSignal): Promise<void>;
  observe(expected: Fingerprint, signal: AbortSignal): Promise<Observation>;
}
