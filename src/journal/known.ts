import { sql } from 'kysely';
import { replacedIn } from '../rotation/replaced.js';
import type { Millis } from '../rotation/run.js';
import { pausesOf } from './acts.js';
import type { Database, Db } from './database.js';
import type { EndedRuns } from './ended-runs.js';
import { historiesOf } from './history.js';
import type { History, Known, Newest } from './journal.js';
import { newestBy } from './landmarks.js';

type Found = Partial<Newest> & {
  readonly name: string;
  readonly isNew: boolean;
  readonly firstSeenAt: Millis;
  readonly settledAt: Millis | null;
};

/** Of each rotation that has a run. */
export async function newestOf(
  db: Db,
  rotations: readonly string[],
  runs: EndedRuns,
): Promise<ReadonlyMap<string, Newest>> {
  const found = await foundOf(db, rotations, runs);
  return new Map(
    found.flatMap(({ name, latest, settled }) =>
      latest ? [[name, { latest, ...(settled && { settled }) }] as const] : [],
    ),
  );
}

/**
 * Histories and newest runs together. Where the newest run is a rotation that settled, or there is none, it tells the
 * history as well: in a fleet that is well nearly everywhere, and whoever lists asks for all.
 */
export async function knownOf(
  database: Pick<Database, 'db' | 'transaction'>,
  rotations: readonly string[],
  now: Millis,
  runs: EndedRuns,
): Promise<ReadonlyMap<string, Known>> {
  const found = new Map((await allFound(database, rotations, now, runs)).map((one) => [one.name, one]));
  const plain = new Map([...found].flatMap(([name, one]) => plainHistory(name, one)));
  const pauses = await pausesOf(database.db, [...plain.keys()]);
  const others = rotations.filter((name) => !plain.has(name));
  const histories = await historiesOf(database, others, now);
  const known = [...plain].map(([name, history]) => {
    const pause = pauses.get(name);
    return [name, pause ? { ...history, pause } : history] as const;
  });
  return new Map(
    [...known, ...histories].map(([name, history]) => {
      const { latest, settled } = found.get(name) ?? {};
      return [name, { history, ...(latest && { latest }), ...(settled && { settled }) }];
    }),
  );
}

/** Without its pause; nothing where what came before the newest run counts too. */
function plainHistory(name: string, found: Found): [string, History][] {
  const { isNew, latest, settled, settledAt, firstSeenAt } = found;
  if (isNew) return [[name, { tokenSince: firstSeenAt, failures: 0 }]];
  if (latest?.mode !== 'rotate' || latest !== settled || settledAt === null || replacedIn(latest)) return [];
  return [[name, { tokenSince: settledAt, failures: 0, lastAttempt: latest.startedAt }]];
}

/** Also of those that nobody has asked for before; from now on they are known. */
async function allFound(
  database: Pick<Database, 'db' | 'transaction'>,
  rotations: readonly string[],
  now: Millis,
  runs: EndedRuns,
): Promise<readonly Found[]> {
  const found = await foundOf(database.db, rotations, runs);
  const names = new Set(found.map(({ name }) => name));
  const others = rotations.filter((name) => !names.has(name));
  await historiesOf(database, others, now);
  return [...found, ...(await foundOf(database.db, others, runs))];
}

/** Of those that were asked for their history before. */
async function foundOf(db: Db, rotations: readonly string[], runs: EndedRuns): Promise<readonly Found[]> {
  if (rotations.length === 0) return [];
  const rows = await db
    .selectFrom('rotation')
    .where('name', 'in', rotations)
    .select([
      'name',
      'first_seen_at',
      newestBy('started_at').as('latest'),
      newestBy('settled_at').as('settled'),
    ])
    .select(
      sql<Millis | null>`(select max(settled_at) from run
        where run.rotation = rotation.name and settled_at is not null)`.as('settledAt'),
    )
    .execute();
  const ids = new Set(rows.flatMap(({ latest, settled }) => [latest, settled]));
  const read = await runs.withThese([...ids].filter((id) => id !== null));
  const byId = new Map(read.map((run) => [run.id, run]));
  return rows.map(({ name, first_seen_at: firstSeenAt, latest: latestId, settled: settledId, settledAt }) => {
    const [latest, settled] = [byId.get(latestId ?? ''), byId.get(settledId ?? '')];
    const isNew = latestId === null;
    return { name, isNew, firstSeenAt, settledAt, ...(latest && { latest }), ...(settled && { settled }) };
  });
}
