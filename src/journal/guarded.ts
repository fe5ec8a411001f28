import { RotorError } from '../rotation/errors.js';
import { unavailable } from './rows.js';

/** Throws `journal_unavailable` where the storage fails. */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RotorError) throw error;
    throw unavailable('the journal could not be read or written', error);
  }
}
