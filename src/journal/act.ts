import type { Millis } from '../rotation/run.js';

/** What a person has said or tried, beside the runs. `by`: who, as far as the API could tell. */
export type Act = SaidOfRotation | SaidOfApproval | DoneToAccess | DoneToConfig;

type SaidOfRotation = { readonly rotation: string; readonly reason: string; readonly by?: string } & (
  | { readonly what: 'pause'; /** Without it, until somebody resumes. */ readonly until?: Millis }
  | { readonly what: 'resume' }
);

export const APPROVAL_ACTS = [
  'approval_requested',
  'approval_granted',
  'approval_rejected',
  'approval_expired',
  'approval_superseded',
] as const;

/** `reason`: in the words of who asks or decides; of one that nobody has decided, why. */
export type SaidOfApproval = {
  readonly what: (typeof APPROVAL_ACTS)[number];
  readonly rotation: string;
  readonly approval: string;
  readonly reason: string;
  readonly by?: string;
  /** Of one that is requested: the plan that it is about, and until when somebody may decide. */
  readonly planDigest?: string;
  readonly expiresAt?: Millis;
  /** That was started from it. */
  readonly run?: string;
};

type DoneToAccess = { readonly by: string } & (
  | {
      readonly what: 'token_created';
      readonly token: string;
      readonly name: string;
      readonly grants: readonly string[];
      readonly expiresAt: Millis;
    }
  | { readonly what: 'token_revoked'; readonly token: string }
  /** Somebody who is known asked for what they may not. */
  | { readonly what: 'denied'; readonly operation: string; readonly resource?: string }
);

/** `by`: a caller of the API, a signal, or what has seen that the file is another. */
type DoneToConfig = { readonly by: string } & (
  | {
      readonly what: 'config_reloaded';
      /** Of what the file held, SHA-256 in hex. */
      readonly hash: string;
      readonly added: readonly string[];
      readonly removed: readonly string[];
      readonly changed: readonly string[];
      readonly settings: readonly string[];
    }
  | { readonly what: 'config_refused'; readonly detail: string }
);
