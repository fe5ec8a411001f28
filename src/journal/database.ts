import type { Expression, Kysely, Transaction } from 'kysely';
import type { Millis } from '../rotation/run.js';
import type { Tables } from './tables.js';

export type Db = Kysely<Tables> | Transaction<Tables>;

/** Tells who waits that something was written. A signal may come too often or be lost: whoever waits looks again. */
export interface Signals {
  /** Within the transaction: heard when it is committed. `topic` is the id of a run, `opened` or `said`. */
  send(tx: Transaction<Tables>, topic: string): Promise<void>;
  /** After the transaction. */
  sent(topic: string): void;
  /** Resolves with the next signal of the topic, with `ANYTHING` of any, or when the signal aborts. */
  next(topic: string, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Who listens to this hears every topic. */
export const ANYTHING = '*';

/** What differs between the engines that the journal can stand on. */
export type Database = {
  readonly db: Kysely<Tables>;
  readonly signals: Signals;
  /** All or nothing; durable when it resolves. */
  transaction<T>(work: (tx: Transaction<Tables>) => Promise<T>): Promise<T>;
  /**
   * All that is read in it is of one moment, whatever others write meanwhile. For some milliseconds only: in SQLite
   * they wait for its end, and PostgreSQL keeps for its sake what they have replaced.
   */
  snapshot<T>(work: (tx: Transaction<Tables>) => Promise<T>): Promise<T>;
  /** By which clock leases are kept: with several processes only the database's own will do. */
  leaseNow(): Expression<Millis>;
  /** Until the end of the transaction no other opens a run: their order is a chain. */
  lockOpening(tx: Transaction<Tables>): Promise<void>;
  /** Throws `journal_unavailable` where a run could not be written to its end; absent where nobody here can tell. */
  readonly assertRoom?: () => Promise<void>;
  /** Writes a copy that is whole, while work goes on; absent where the engine has tools of its own for it. */
  readonly backup?: (file: string) => Promise<void>;
  /** Several processes may work on it: rows are locked while they are changed. */
  readonly isShared: boolean;
};
