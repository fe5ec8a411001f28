import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import { systemClock } from '../../src/rotation/clock.js';

/** A journal, before the service starts, that has known these rotations for so long that all of them are due. */
export async function makeDue(stateDir: string, rotations: readonly string[], since: number): Promise<void> {
  await mkdir(stateDir, { mode: 0o700 });
  const database = openSqlite(journalIn(stateDir), systemClock);
  const journal = await KyselyJournal.open(database, systemClock);
  const rows = rotations.map((name) => ({ name, first_seen_at: since }));
  await database.db.insertInto('rotation').values(rows).execute();
  await journal.close();
}

export type Span = {
  readonly opened: number;
  /** Absent where nobody has worked on it. */
  readonly begun: number | null;
  /** Absent where it goes on. */
  readonly ended: number | null;
};

/** Of every run, once the service has stopped: opened, first worked on, over; epoch milliseconds. */
export function spansIn(stateDir: string): Span[] {
  using database = new DatabaseSync(journalIn(stateDir), { readOnly: true });
  const rows = database
    .prepare(
      `select started_at as opened,
         (select at from entry where run_id = run.id and seq = 2) as begun,
         case when ended = 1 then (select max(at) from entry where run_id = run.id) end as ended
       from run`,
    )
    .all();
  return rows as unknown as Span[];
}

/** How many were worked on at one time, at the most. */
export function mostAtOnce(spans: readonly Span[]): number {
  const steps = spans
    .flatMap(({ begun, ended }) => [
      { at: begun ?? Infinity, by: 1 },
      { at: begun === null ? Infinity : (ended ?? Infinity), by: -1 },
    ])
    .filter(({ at }) => at < Infinity)
    .toSorted((a, b) => a.at - b.at || a.by - b.by);
  let now = 0;
  let most = 0;
  for (const { by } of steps) {
    now += by;
    most = Math.max(most, now);
  }
  return most;
}

function journalIn(stateDir: string): string {
  return join(stateDir, 'journal.db');
}
