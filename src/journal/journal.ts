import type { Resource } from '../issuers/issuer.js';
import type { Delivery } from '../rotation/delivery.js';
import type {
  Acked,
  Asked,
  Measure,
  Millis,
  Outcome,
  Paused,
  Planned,
  RefusedTarget,
  Run,
  RunMode,
  RunState,
  Trigger,
} from '../rotation/run.js';
import type { DueHistory } from '../rotation/schedule/policy.js';
import type { Policy } from '../rotation/policy.js';
import type { Callbacks } from '../targets/webhook/callbacks.js';
import type { Act } from './act.js';
import type { ApprovalUse, Approvals } from './approvals.js';
import type { Archive } from './archive.js';
import type { Feed } from './feed.js';
import type { Notifications } from './notifications.js';

export type NewRun = {
  readonly rotation: string;
  readonly mode: RunMode;
  readonly trigger: Trigger;
  readonly storeKey: string;
  readonly spec: unknown;
  readonly policy: Policy;
  readonly planned?: Planned;
  readonly only?: readonly string[];
  readonly acked?: readonly Acked[];
  /**
   * When the newest rotating run started that the decision to open this one knew of, null for none. With it, a run that
   * somebody else has opened since stands in the way, even if it has ended.
   */
  readonly lastKnown?: Millis | null;
  /** The same one, sent again, gets the run that it has opened before. */
  readonly request?: StartRequest;
  /** What allows it. It is used up in the transaction that opens the run, and the trigger tells of it. */
  readonly approval?: ApprovalUse;
};

/** What a client has sent: the key that it gave the request, and a hash of all that the request says. */
export type StartRequest = {
  readonly key: string;
  readonly hash: string;
  /** Of one that starts several runs, each of which has a key of its own: what they have in common. */
  readonly whole?: { readonly key: string; readonly hash: string };
};

/** What was answered to requests about no run. */
export interface Answers {
  /** Whether the request was noted within the last day; throws `idempotency_key_reused` where its key came with another. */
  isKnown(request: StartRequest): Promise<boolean>;
  /** The answer to the request from now on: this one, unless it has one. Of a request that `actOnce` has noted. */
  keep(request: StartRequest, answer: string): Promise<string>;
}

/** One entry: what changed, and a sentence where it needs one. Only what is named changes. */
export type Change = {
  readonly state?: RunState;
  readonly resource?: Resource;
  readonly issuerKind?: NonNullable<Run['issuerKind']>;
  /** Gone again with the next state. */
  readonly waitingFor?: string;
  /** What a person asks; null once it has been answered. */
  readonly asked?: Asked | null;
  /** Those that have changed; the first entry that has them has all. */
  readonly deliveries?: readonly Delivery[];
  readonly refused?: readonly RefusedTarget[];
  /** null once its deliveries go on. */
  readonly paused?: Paused | null;
  readonly measure?: Measure;
  readonly credentialExpires?: Millis;
  readonly note?: string;
  /** Of the first entry: a hash of what the run was opened with, which stands in the run alone. */
  readonly opening?: string;
};

/** As it stands in the log: the whole change, in order, with its time. */
export type Entry = Change & { readonly seq: number; readonly at: Millis };

/** What the schedule has to know of a rotation; see `DueHistory` in the core. */
export type History = DueHistory;

export type RunFilter = {
  readonly rotation?: string;
  /** Of one of these. */
  readonly rotations?: readonly string[];
  readonly outcome?: Outcome;
  readonly mode?: RunMode;
  /** Started by this caller of the API, or by a trigger of this kind. */
  readonly by?: string;
  /** Not ended. */
  readonly isActive?: boolean;
  /** Started then or later. */
  readonly since?: Millis;
  /** Those that come after this one in the list: what is opened meanwhile moves no page. */
  readonly after?: Pick<Run, 'id' | 'startedAt'>;
  readonly limit: number;
};

/** The newest run of a rotation, and the newest whose token became current. */
export type Newest = { readonly latest: Run; readonly settled?: Run };

/** Of a rotation that has no run: its history alone. */
export type Known = Partial<Newest> & { readonly history: History };

/** Ids of the runs that say how a rotation stands, each the newest of its kind; null where there is none. */
export type Landmarks = {
  readonly latest: string | null;
  readonly ended: string | null;
  /** Whose token became current, and that whose deliveries then all succeeded. */
  readonly settled: string | null;
  readonly succeeded: string | null;
};

/** A place where the log does not hold together. */
export type AuditFault = {
  /** null: among the acts of people, which are numbered for themselves. */
  readonly run: string | null;
  /** Of the entry, or of the act; null where it is the run as a whole. */
  readonly seq: number | null;
  readonly what: string;
};

/** What was read so far. */
export type AuditProgress = { readonly runs: number; readonly entries: number };

export type AuditReport = {
  readonly runs: number;
  readonly entries: number;
  /** What people have said of rotations beside their runs. */
  readonly acts: number;
  /**
   * Hash of the first entry of the newest run. Noted elsewhere, it shows later that the newest runs were not removed,
   * which no log can tell of itself. Null where there are no runs.
   */
  readonly head: string | null;
  /** A hundred at the most. */
  readonly faults: readonly AuditFault[];
};

/** One entry of a run, or one act beside the runs. */
export type AuditLine = {
  /** Null: an act. */
  readonly run: string | null;
  /** Null: an act that is about the service as a whole. */
  readonly rotation: string | null;
  readonly seq: number;
  readonly at: Millis;
  readonly what: object;
  readonly hash: string;
};

/**
 * What is asked of the audit log, as a period is everywhere: whole runs that were started in it, and acts of that time.
 * The acts of a rotation are those that are about it alone. With neither: all.
 */
export type AuditPart = {
  readonly rotation?: string;
  readonly from?: Millis;
  /** Just before this moment. */
  readonly to?: Millis;
};

/** The right to work on one run, until the lease ends or another worker takes over. */
export type Claim = { readonly runId: string; readonly epoch: number };

/**
 * The truth of what was intended and what is settled; never a token. Promises (checked by the journal contract suite):
 * - entries are only ever added; an entry and the run that it changes appear together or not at all, and what was
 *   acknowledged survives a killed process and a power failure;
 * - each entry is chained to the one before it, in the same transaction: `verify` finds what was altered since;
 * - `open` refuses a second active run of one rotation, resource or store key with `rotation_in_progress`, and so does
 *   an `append` that names a resource which another active run holds; the lock ends with the state `settled`.
 *   So it does where a rotating run was opened that `lastKnown` does not know: its reason is served;
 * - `open` with an approval uses it up: it throws `approval_ended` where that was decided or used before, so that no two
 *   runs come of one; a rotating run ends every other request of its rotation, which it was started without;
 * - `claim` hands one unended run to one worker at a time and raises its epoch; `append` under an older epoch throws
 *   `lease_lost`, and `renew` leaves it out;
 * - every method throws `journal_unavailable` where the storage fails.
 */
export interface Journal {
  /** What people and systems are told of it. */
  readonly notifications: Notifications;
  /** What receivers say of the tokens that they were sent. */
  readonly callbacks: Callbacks;
  readonly answers: Answers;
  /** What is asked of years of runs. */
  readonly archive: Archive;
  /** Who asks for a new token, and who allows it. */
  readonly approvals: Approvals;
  /** What happens in all runs, in one line. */
  readonly feed: Feed;
  open(run: NewRun): Promise<Run>;
  /**
   * The run that the same request has opened, or asked something of, within the last day, whatever has become of it; throws
   * `idempotency_key_reused` where its key came with another request.
   */
  openedBy(request: StartRequest): Promise<Run | undefined>;
  claim(): Promise<Claim | undefined>;
  /**
   * Returns those of the given claims that hold for another lease from now on. One that is left out is lost, or its run
   * was being written to at that moment.
   */
  renew(claims: readonly Claim[]): Promise<readonly Claim[]>;
  /** Gives the run back at once instead of when the lease ends. */
  release(claim: Claim): Promise<void>;
  /** `mayAppend` sees the run as it is then, and throws where nothing is to be written. */
  append(claim: Claim, change: Change, mayAppend?: (run: Run) => void): Promise<Run>;
  /**
   * Notes what a person asks, whoever works on the run. `mayAsk` sees it as it is then, and throws where it cannot be
   * asked; throws `not_found` where there is no such run. The same `request`, sent again, gets the run that it got
   * before; throws `idempotency_key_reused` where its key came with another one.
   */
  ask(id: string, asked: Asked, mayAsk: (run: Run) => void, request?: StartRequest): Promise<Run>;
  /** Notes what a person has said or tried; `histories` tells of a pause from then on. */
  act(act: Act): Promise<void>;
  /**
   * As `act`, for a request that may be sent again: false where the same one was noted within the last day, and then
   * nothing is noted. `act` undefined: nothing but the request is. Throws `idempotency_key_reused` where its key came
   * with another one.
   */
  actOnce(act: Act | undefined, request: StartRequest): Promise<boolean>;
  find(id: string): Promise<Run | undefined>;
  entries(id: string): Promise<readonly Entry[]>;
  /** Newest first. */
  list(filter: RunFilter): Promise<readonly Run[]>;
  /** The newest run of the rotation whose token became current, where there is one. */
  lastSettled(rotation: string): Promise<Run | undefined>;
  /** Notes the first time that a rotation is asked for: where nothing has settled, its token's age counts from there. */
  histories(rotations: readonly string[]): Promise<ReadonlyMap<string, History>>;
  /** `histories` and `newest` of all of these, in less time than both. */
  known(rotations: readonly string[]): Promise<ReadonlyMap<string, Known>>;
  /** Of those that have a run and were asked for their history. */
  newest(rotations: readonly string[]): Promise<ReadonlyMap<string, Newest>>;
  /** Of those that were asked for their history. */
  landmarks(rotations: readonly string[]): Promise<ReadonlyMap<string, Landmarks>>;
  /** In no order; one that is not there is left out. */
  runs(ids: readonly string[]): Promise<readonly Run[]>;
  /** How many runs have not ended and wait for somebody to work on them. */
  waiting(): Promise<number>;
  /** The rotations whose lock a run holds. */
  active(): Promise<ReadonlySet<string>>;
  /** The rotations of the rotating runs that were opened after `at`, each as often as it has one. */
  startedSince(at: Millis): Promise<readonly string[]>;
  /** Resolves when the run has more entries than `seq`, or when `timeoutMs` are over. */
  waitForChange(id: string, seq: number, timeoutMs: number, signal: AbortSignal): Promise<void>;
  /** Resolves when something is written to the run, when the signal aborts, or now and then: a sign may be lost. */
  nextSign(id: string, signal: AbortSignal): Promise<void>;
  /** Resolves when a run is opened or given back, when the signal aborts, or now and then: a sign may be lost. */
  waitForWork(signal: AbortSignal): Promise<void>;
  /** Reads everything, and names each entry that was changed, removed or moved, and each run that was removed. */
  verify(): Promise<AuditReport>;
  /** All that the chains cover, or a part of it, in their order; read as it is asked for. */
  exportAudit(part?: AuditPart): AsyncIterable<AuditLine>;
  /** Writes a whole copy of the journal to a new file; throws `request_invalid` where the database has its own tools. */
  backup(file: string): Promise<void>;
  /** Throws `journal_unavailable` unless reading and writing work. */
  check(): Promise<void>;
  close(): Promise<void>;
}
