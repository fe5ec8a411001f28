import type { Transaction } from 'kysely';
import type { Database } from './database.js';
import { guarded } from './guarded.js';
import { isDuplicate } from './rows.js';
import type { Tables } from './tables.js';

/** One transaction, and who waits for its topic is told. Throws `journal_unavailable` where the storage fails. */
export async function written<T>(
  { transaction, signals }: Pick<Database, 'transaction' | 'signals'>,
  topic: string,
  work: (tx: Transaction<Tables>) => Promise<T>,
): Promise<T> {
  const once = async (): Promise<T> =>
    transaction(async (tx) => {
      const result = await work(tx);
      await signals.send(tx, topic);
      return result;
    });
  // Two replicas may both have seen nothing in their way: the index lets one of them pass, the other looks again.
  const result = await guarded(async () =>
    once().catch(async (error: unknown) => {
      if (isDuplicate(error)) return once();
      throw error;
    }),
  );
  signals.sent(topic);
  return result;
}
