import { join } from 'node:path';
import { KyselyJournal } from '../../journal/kysely-journal.js';
import { openSqlite } from '../../journal/sqlite.js';
import { openStateDir } from '../../journal/state-dir.js';
import { systemClock, type Clock } from '../../rotation/clock.js';

/** As if a service had seen these rotations for the first time so many milliseconds ago: the age of their tokens counts from then. */
export async function knownSince(
  stateDir: string,
  rotations: readonly string[],
  agoMs: number,
): Promise<void> {
  const then: Clock = { ...systemClock, now: () => systemClock.now() - agoMs };
  openStateDir(stateDir);
  const journal = await KyselyJournal.open(openSqlite(join(stateDir, 'journal.db'), then), then);
  await journal.histories(rotations);
  await journal.close();
}
