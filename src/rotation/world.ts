import type { Heads, Pin } from '../stores/store.js';
import type { RotorError } from './errors.js';
import type { Millis } from './run.js';
import type { Fingerprint } from './secret.js';

/** The issuer as one look showed it, tokens as fingerprints: a decision never holds a token. */
export type IssuerSight = {
  readonly current: Fingerprint | 'unreadable';
  readonly pending?: Fingerprint | 'unreadable';
  readonly busy?: string;
  readonly attempt?: string;
  readonly failedAttempt?: string;
  readonly precondition: string;
  /** What is wrong with the token in force, half a sentence; it is handled as it is. */
  readonly finding?: string;
  readonly progress?: string;
  readonly rejected?: string;
  readonly moved?: string;
  /** Since when every look in a row has shown just this, progress aside. Starts again with the process. */
  readonly steadySince: Millis;
};

/** What K fresh connections said of one token. */
export type Acceptance = {
  readonly accepted: number;
  readonly refused: number;
  /** Neither: unreachable, an HTML page, a timeout. */
  readonly unclear: number;
};

/** Everything that one tick has seen. What its state does not need is absent. */
export type World = {
  readonly issuer?: IssuerSight;
  readonly store?: Heads;
  /** In `settling`: whether all label reads in a row named one version. */
  readonly labelsAgree?: boolean;
  readonly probes: ReadonlyMap<Fingerprint, Acceptance>;
  /** What the last settled run left, where that was shown to the APM Server and the store still holds it. */
  readonly left?: Pin;
  /** A random token: accepted means that authentication is switched off. */
  readonly bogus?: Acceptance;
  /** A look or an effect that failed, and how many have failed in a row. */
  readonly trouble?: { readonly error: RotorError; readonly times: number };
};

export function acceptedByAll(acceptance: Acceptance | undefined): boolean {
  return acceptance !== undefined && acceptance.accepted > 0 && acceptance.refused + acceptance.unclear === 0;
}

export function refusedByAll(acceptance: Acceptance | undefined): boolean {
  return acceptance !== undefined && acceptance.refused > 0 && acceptance.accepted + acceptance.unclear === 0;
}
