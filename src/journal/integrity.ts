import type { DatabaseSync } from 'node:sqlite';
import { damaged } from './storage-faults.js';

/** Throws where the structure of the file does not hold together. */
export function assertSound(database: DatabaseSync, file: string): void {
  const [found] = database.prepare('PRAGMA quick_check(1)').all();
  const verdict = String(Object.values(found ?? {})[0]);
  if (verdict !== 'ok') throw damaged(file, verdict.replace(/^\*+ in database main \*+\s+/, ''));
}
