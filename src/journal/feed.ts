import type { Millis, RunMode } from '../rotation/run.js';
import type { Act } from './act.js';
import type { Entry } from './journal.js';

/** How far somebody has read. Of use with the filter that it was read with, and with no other. */
export type FeedPosition = {
  /** Runs up to this number are known: those below, and those that were read to their end. */
  readonly runs: number;
  /** Acts up to this number are read. */
  readonly acts: number;
  /** How many entries are read, of each run that is known and not read to its end; by its number. */
  readonly open: ReadonlyMap<number, number>;
};

/** An entry of a run, or what a person has said of a rotation between its runs. */
export type Happening = {
  readonly rotation: string;
  /** For whoever goes on after this one. */
  readonly position: FeedPosition;
} & (
  | { readonly run: string; readonly mode: RunMode; readonly startedBy: string; readonly entry: Entry }
  | { readonly run: null; readonly number: number; readonly at: Millis; readonly act: SaidOfRotation }
);

export type SaidOfRotation = Extract<Act, { readonly rotation: string; readonly reason: string }>;

export type FeedFilter = {
  /** Of these alone. */
  readonly rotations?: readonly string[];
  readonly limit: number;
};

export type FeedPage = {
  readonly happenings: readonly Happening[];
  readonly position: FeedPosition;
  /** There is more than the limit allows to show. */
  readonly isMore: boolean;
};

/**
 * All runs as one story. Promises (checked by the journal contract suite):
 * - whoever goes on from a position misses nothing and sees nothing twice, whichever processes write, and however their
 *   clocks differ;
 * - what is of one run comes in its order; what is of several, by the time that was noted;
 * - it throws `journal_unavailable` where the storage fails.
 */
export interface Feed {
  /**
   * Where to begin: before what was written at `since` or later, or with what comes. A run that began more than five
   * thousand runs before `since` and has ended since is passed over.
   */
  from(since?: Millis): Promise<FeedPosition>;
  page(after: FeedPosition, filter: FeedFilter): Promise<FeedPage>;
  /** Resolves when there is something after the position, or when `timeoutMs` are over. */
  waitForMore(
    after: FeedPosition,
    filter: Omit<FeedFilter, 'limit'>,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<void>;
}
