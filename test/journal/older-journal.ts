import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A journal as an older version has left it, in a folder of its own; `sql` is a file of older/. */
export async function olderJournal(sql: string): Promise<{ readonly folder: string; readonly file: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'rotor-older-'));
  const file = join(folder, 'journal.db');
  const database = new DatabaseSync(file);
  database.exec(await readFile(new URL(`./older/${sql}`, import.meta.url), 'utf8'));
  database.close();
  return { folder, file };
}
