import type { Millis } from '../rotation/run.js';
import type { StartRequest } from './journal.js';

export const APPROVAL_STATES = ['pending', 'granted', 'rejected', 'expired', 'superseded'] as const;
export type ApprovalState = (typeof APPROVAL_STATES)[number];

/** Whoever asks or decides. */
export type Person = {
  /** Stays the same whatever they are called, and no other has it. */
  readonly id: string;
  readonly name: string;
  /** As the config names people: who has two ids and one such name is one person. Absent: nobody whom it could name. */
  readonly known?: string;
};

/** A request for a new token of one rotation, before there is a run. */
export type Approval = {
  readonly id: string;
  readonly rotation: string;
  readonly state: ApprovalState;
  readonly trigger: 'manual' | 'schedule';
  readonly requestedBy: string;
  /** See `Person`. */
  readonly requesterId: string;
  readonly requesterKnown?: string;
  readonly requestedAt: Millis;
  readonly reason: string;
  readonly planId?: string;
  readonly planDigest?: string;
  /** Until then somebody may decide; once it is granted, until then a run may start from it. */
  readonly expiresAt: Millis;
  /** Absent where nobody has decided. */
  readonly decidedBy?: string;
  readonly deciderId?: string;
  readonly decidedAt?: Millis;
  /** In the words of who decided; of one that is superseded, why. */
  readonly comment?: string;
  /** That was started from it. */
  readonly run?: string;
};

export type NewApproval = Pick<Approval, 'rotation' | 'trigger' | 'reason' | 'planId' | 'planDigest'> & {
  readonly by: Person;
  readonly expiresAt: Millis;
  /** As of a run: what has been opened since was served by somebody else. */
  readonly lastKnown?: Millis | null;
  readonly request?: StartRequest;
};

export type Decision = { readonly by: Person; readonly comment?: string };

/** What a run is started from: with `granted` it is granted in that very moment, else it was before. */
export type ApprovalUse = { readonly id: string; readonly granted?: Decision };

export type ApprovalFilter = {
  readonly rotation?: string;
  /** Of one of these. */
  readonly rotations?: readonly string[];
  readonly state?: ApprovalState;
  /** Those that come after this one in the list. */
  readonly after?: Pick<Approval, 'id' | 'requestedAt'>;
  readonly limit: number;
};

/** What the schedule has to know of a rotation. */
export type Asked = {
  /** Also where its time is over and nobody has noted it yet. */
  readonly pending?: Approval;
  /** A run may start from it; as `pending`. */
  readonly granted?: Approval;
  /**
   * When the schedule has asked for the newest one that somebody has rejected, or nobody has decided on; absent where a
   * rotation was started since.
   */
  readonly refusedAt?: Millis;
};

/**
 * Who asks for a new token, and who allows it. Each change of state is conditional on the one before, and comes with its
 * act in the audit log and with what is told of it, in one transaction. A run that is started from one is opened in that
 * transaction as well: see `Journal.open`. Every method throws `journal_unavailable` where the storage fails.
 */
export interface Approvals {
  /**
   * The same `request`, sent again within a day, gets the one that it got before. Throws `approval_pending` where one of
   * the rotation is pending, and where the schedule asks also where one is granted and not used.
   */
  ask(asked: NewApproval): Promise<Approval>;
  /** What the same request has got before; throws `idempotency_key_reused` where its key came with another one. */
  askedBy(request: StartRequest): Promise<Approval | undefined>;
  find(id: string): Promise<Approval | undefined>;
  /** Newest first. */
  list(filter: ApprovalFilter): Promise<readonly Approval[]>;
  /** Of those of the rotations of which there is something to know. */
  asked(rotations: readonly string[]): Promise<ReadonlyMap<string, Asked>>;
  /** Of those that have one. */
  pending(rotations: readonly string[]): Promise<ReadonlyMap<string, Approval>>;
  /** Without a run, which is started later, until `until`. Throws `approval_ended`. */
  grant(id: string, decision: Decision, until: Millis): Promise<Approval>;
  /** Throws `approval_ended`. */
  reject(id: string, decision: Decision): Promise<Approval>;
  /** One that is pending is worth nothing any more, and this is why. */
  supersede(id: string, why: string): Promise<void>;
  /** Ends each whose time is over, and returns those. */
  expire(): Promise<readonly Approval[]>;
}
