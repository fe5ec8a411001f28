import type { Secret } from '../rotation/secret.js';

/**
 * One APM Server's token, by its resolved identity: never an alias such as `_main`, never a name that may move.
 * Frozen in the run; `key` is what the journal locks.
 */
export type Resource = {
  readonly key: string;
  /** For people: "checkout-prod / main-apm". */
  readonly label: string;
  /** What the adapter needs to find it again, e.g. deployment id and ref id. Holds no secret. */
  readonly address: Readonly<Record<string, string>>;
  /** Which issuer sets its token, and why that one: a sentence. Absent where the config named it. */
  readonly chosen?: string;
};

/** A token as the issuer shows it. `unreadable` where it is masked, absent or held as a reference. */
export type SeenToken = Secret | 'unreadable';

export type IssuerView = {
  /** Where agents send to; https. */
  readonly apmUrl: string;
  /** Other addresses of the same APM Server, by which agents may send as well. */
  readonly alsoAt?: readonly string[];
  /** The token of the plan or policy that is in force. */
  readonly current: SeenToken;
  /** The token of a change on its way, where one is on its way for this resource. */
  readonly pending?: SeenToken;
  /** What is going on, where anything is, a sentence without its end: no write may start. Set whenever `pending` is. */
  readonly busy?: string;
  /** Identifies the change that put `current` in force; differs after every change, failed ones excepted. */
  readonly attempt?: string;
  /** The newest change of all, where it failed. */
  readonly failedAttempt?: string;
  /** What a conditional write must name. Empty where the issuer has none. */
  readonly precondition: string;
  /** How far a change has come, for people; never what a decision rests on. */
  readonly progress?: string;
  /** A sentence, where what runs the APM Server says that it could not load what is in force and stays on the old. */
  readonly rejected?: string;
  /** A sentence, where the token is set elsewhere since the resource was resolved: nothing may be written here. */
  readonly moved?: string;
  /** When the credential that was used to look expires, where the upstream tells. */
  readonly credentialExpires?: Date;
};

/**
 * Where the token is set. Promises (checked by the issuer contract suite):
 * - `resolve` names exactly one resource or throws: `resource_ambiguous`, `upstream_not_found`, `not_rotatable`,
 *   `resource_unavailable`, each with a sentence that says what to do;
 * - `inspect` changes nothing, and throws rather than guess;
 * - every method stops when the signal aborts, and throws `RotorError` only.
 */
interface IssuerBase {
  resolve(signal: AbortSignal): Promise<Resource>;
  inspect(resource: Resource, signal: AbortSignal): Promise<IssuerView>;
}

/**
 * The caller chooses the token. `set` applies only while the precondition holds (`upstream_busy` with
 * `effect: 'not_applied'` where it does not), may be repeated with the same token, and resolves only on a definite
 * success. Any error without `effect: 'not_applied'` means: unknown, look again.
 */
export interface SettableIssuer extends IssuerBase {
  readonly kind: 'caller-chosen';
  set(resource: Resource, token: Secret, precondition: string, signal: AbortSignal): Promise<void>;
}

/**
 * The server chooses the token and tells it once. `reset` sends ONE request, never repeats it, and its error says
 * `effect: 'not_applied'` only with proof that nothing was reset.
 */
export interface ResettableIssuer extends IssuerBase {
  readonly kind: 'server-chosen';
  reset(resource: Resource, signal: AbortSignal): Promise<Secret>;
}

export type Issuer = SettableIssuer | ResettableIssuer;

/** Finds the resource of a rotation, and which issuer it takes: that may depend on what is found. */
export interface IssuerSource {
  /** As `Issuer.resolve`. */
  resolve(signal: AbortSignal): Promise<Resource>;
  /** For a resource that this source has resolved, in this process or in an earlier one. */
  of(resource: Resource): Issuer;
}

/** The source of an issuer that is named in the config. */
export function always(issuer: Issuer): IssuerSource {
  return { resolve: async (signal) => issuer.resolve(signal), of: () => issuer };
}
