import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql, type Kysely, type Transaction } from 'kysely';
import { asRotorError } from '../rotation/errors.js';
import type { Tables } from './tables.js';

type Work<T> = (tx: Transaction<Tables>) => Promise<T>;
type Outcome = { readonly value: unknown } | { readonly error: unknown };
type Waiting = { readonly work: Work<unknown>; readonly tell: (outcome: Outcome) => void };

/** More of them would keep everything else in the process waiting for too long. */
const MOST = 8;

/**
 * Writes that come within one turn of the event loop share one commit: the process stands still while the disk makes
 * it durable, and with many runs under way it would do little else. Each is told only when the commit is over, and each
 * is all or nothing by itself: one that is refused takes nothing of the others with it.
 */
export class GroupCommit {
  #waiting: Waiting[] = [];
  #isBusy = false;

  constructor(private readonly db: Kysely<Tables>) {}

  async transaction<T>(work: Work<T>): Promise<T> {
    const told = Promise.withResolvers<Outcome>();
    this.#waiting.push({ work, tell: told.resolve });
    if (!this.#isBusy) void this.#writeAll();
    const outcome = await told.promise;
    if ('error' in outcome) throw outcome.error;
    return outcome.value as T;
  }

  async #writeAll(): Promise<void> {
    this.#isBusy = true;
    while (this.#waiting.length > 0) {
      await nextTurn();
      await this.#write(this.#waiting.splice(0, MOST));
    }
    this.#isBusy = false;
  }

  async #write(group: readonly Waiting[]): Promise<void> {
    let isWhole = false;
    try {
      const outcomes = await this.db.transaction().execute(async (tx) => {
        const own = [];
        for (const { work } of group)
          own.push(group.length === 1 ? { value: await work(tx) } : await apart(tx, work));
        isWhole = true;
        return own;
      });
      group.forEach(({ tell }, index) =>
        tell(outcomes[index] ?? { error: new Error('nothing was written') }),
      );
    } catch (error) {
      // One by one, it shows whose fault it is. Not after a commit that failed: nobody knows what it has written.
      if (isWhole || group.length === 1) for (const { tell } of group) tell({ error });
      else for (const one of group) await this.#write([one]);
    }
  }
}

/** Where the storage itself fails, it has ended the transaction or is about to: that is thrown on. */
async function apart(tx: Transaction<Tables>, work: Work<unknown>): Promise<Outcome> {
  await sql`savepoint one`.execute(tx);
  try {
    const value = await work(tx);
    await sql`release one`.execute(tx);
    return { value };
  } catch (error) {
    if (asRotorError(error).code === 'journal_unavailable') throw error;
    await sql`rollback to one`.execute(tx);
    await sql`release one`.execute(tx);
    return { error };
  }
}
