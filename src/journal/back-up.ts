import { RotorError } from '../rotation/errors.js';
import type { Database } from './database.js';

/** See `Journal.backup`. */
export async function backUp({ backup }: Pick<Database, 'backup'>, file: string): Promise<void> {
  if (backup) return backup(file);
  throw new RotorError('request_invalid', 'the journal is in PostgreSQL, which Rotor does not back up', {
    hint: 'Use pg_dump, or the backup of whoever runs the database.',
  });
}
