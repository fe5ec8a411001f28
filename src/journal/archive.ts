import type { Millis, Run } from '../rotation/run.js';
import type { Fingerprint } from '../rotation/secret.js';
import type { VersionId } from '../stores/store.js';
import type { AuditProgress, AuditReport } from './journal.js';

/** A run in which a token was at hand: it was to bring it, or to replace it. */
export type TokenRun = {
  readonly run: Run;
  readonly as: 'new' | 'previous';
  /** Of the store. */
  readonly version: VersionId;
  /** When the run knew of it. */
  readonly at: Millis;
};

/** From the first moment on until just before the last. */
export type Period = { readonly from: Millis; readonly to: Millis };

/** A run of a period, and what is known of it beside what it is now. */
export type PastRun = {
  readonly run: Run;
  /** When its token was current everywhere; absent where it never was. */
  readonly settledAt?: Millis;
  /** It said that it waits for a person or an upstream. */
  readonly hasStalled: boolean;
  /** A person asked something of it. */
  readonly wasAsked: boolean;
};

/** When a rotation had got the token that it began a period with, and what was under way then. */
export type Before = {
  readonly rotation: string;
  /** When Rotor first knew of the rotation. */
  readonly firstSeenAt: Millis;
  /** Of the newest run before the period whose token became current, and of the newest rotating one of these. */
  readonly settledAt?: Millis;
  readonly rotatedAt?: Millis;
  /** What that newest run has left. */
  readonly run?: Run;
  /** The run that had begun before the period and whose token became current in it: there is one at the most. */
  readonly across?: { readonly run: Run; readonly settledAt: Millis };
};

/**
 * What is asked of years of runs: by a person or a nightly job, not by a dashboard. Promises (checked by the journal
 * contract suite): a list of runs is read as it is asked for, never at once; every method throws `journal_unavailable`
 * where the storage fails.
 */
export interface Archive {
  /** Oldest first, `limit` at the most. `rotations`: those of these alone. */
  withToken(
    fingerprint: Fingerprint,
    limit: number,
    rotations?: readonly string[],
  ): Promise<readonly TokenRun[]>;
  /** Those that were started in the period, oldest first. */
  startedIn(period: Period): AsyncIterable<PastRun>;
  /** Of every rotation that Rotor has known by the end of the period. */
  before(period: Period): Promise<readonly Before[]>;
  /** As `Journal.verify`, of the runs that were started in the period, and of what stands before and after them. */
  verify(period: Period): Promise<AuditReport>;
  /** The same, or of all there is; tells how far it is, and goes no further than it is read. */
  verifying(period?: Period): AsyncGenerator<AuditProgress, AuditReport>;
}
