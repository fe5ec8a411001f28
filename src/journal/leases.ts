import { sql, type Expression, type RawBuilder } from 'kysely';
import type { Millis } from '../rotation/run.js';
import type { Database, Db } from './database.js';
import { FORM } from './forms.js';
import type { Claim } from './journal.js';

/** How long a claim holds without being renewed. */
export const LEASE_MS = 10_000;

type Leased = Pick<Database, 'leaseNow' | 'isShared'>;

/** Whether a claim would find anything. Most do not: a look is all that it takes then, and no transaction. */
export async function isAnyFree(db: Db, { leaseNow }: Leased): Promise<boolean> {
  const free = freeRun({ leaseNow, isShared: false });
  const { rows } = await sql<{ id: string | null }>`select ${free} as id`.execute(db);
  return rows.some(({ id }) => id !== null);
}

/** The run that has waited longest, if one does: nobody else gets it while the lease lasts. */
export async function claimNext(db: Db, database: Leased): Promise<Claim | undefined> {
  const row = await db
    .updateTable('run')
    .set((eb) => ({ epoch: eb('epoch', '+', 1), lease_until: leaseEnd(database) }))
    .where('id', '=', freeRun(database))
    .returning(['id', 'epoch'])
    .executeTakeFirst();
  return row && { runId: row.id, epoch: row.epoch };
}

/**
 * A lease that lasts much longer than any is given was given before the clock stepped back; its holder, if it lives,
 * loses it and notices. Two subqueries and not one with `or`, so that each is found by the index.
 */
function freeRun(database: Leased): RawBuilder<string | null> {
  const lock = database.isShared ? sql` for update skip locked` : sql``;
  const first = (isFree: RawBuilder<boolean>) =>
    sql`(select id from run where ended = 0 and form <= ${FORM} and ${isFree} order by lease_until limit 1${lock})`;
  const over = sql<boolean>`lease_until <= ${database.leaseNow()}`;
  const ahead = sql<boolean>`lease_until > ${leaseEnd(database)} + ${sql.lit(LEASE_MS)}`;
  return sql`coalesce(${first(over)}, ${first(ahead)})`;
}

/**
 * Those that are still held and are renewed now. One whose run is being written to at this moment is left out, so that
 * a transaction that hangs keeps nobody else's lease from being renewed.
 */
export async function renew(
  database: Leased & Pick<Database, 'db' | 'transaction'>,
  held: readonly Claim[],
): Promise<readonly Claim[]> {
  // One statement is whole by itself; several are made durable together.
  if (held.length <= MOST_AT_ONCE) return renewFew(database.db, database, held);
  return database.transaction(async (tx) => {
    const renewed: Claim[] = [];
    for (let from = 0; from < held.length; from += MOST_AT_ONCE)
      renewed.push(...(await renewFew(tx, database, held.slice(from, from + MOST_AT_ONCE))));
    return renewed;
  });
}

/** As many as one of these in a statement, so that there are few texts: an engine keeps what it has prepared. */
const AT_ONCE = [1, 10, 100];
const MOST_AT_ONCE = 100;

async function renewFew(db: Db, database: Leased, held: readonly Claim[]): Promise<readonly Claim[]> {
  const [any] = held;
  if (!any) return [];
  const size = AT_ONCE.find((places) => places >= held.length) ?? MOST_AT_ONCE;
  const claims = [...held, ...Array.from({ length: size - held.length }, () => any)];
  const lock = database.isShared ? sql` for update skip locked` : sql``;
  const ids = sql.join(claims.map(({ runId }) => runId));
  const pairs = sql.join(claims.map(({ runId, epoch }) => sql`(${runId}, ${epoch})`));
  const { rows } = await sql<{ id: string; epoch: number }>`
    update run set lease_until = ${leaseEnd(database)}
    where id in (select id from run where id in (${ids})${lock}) and (id, epoch) in (${pairs})
    returning id, epoch`.execute(db);
  const seen = new Map(rows.map(({ id, epoch }) => [id, epoch]));
  return held.filter(({ runId, epoch }) => seen.get(runId) === epoch);
}

/** Gives the run back, unless another worker has it. */
export async function release(db: Db, { runId, epoch }: Claim): Promise<void> {
  await db
    .updateTable('run')
    .set({ lease_until: 0 })
    .where('id', '=', runId)
    .where('epoch', '=', epoch)
    .execute();
}

/** Of a process that is gone: nobody needs to wait for them. */
export async function endLeases(db: Db): Promise<void> {
  await db.updateTable('run').set({ lease_until: 0 }).where('ended', '=', 0).execute();
  await db.updateTable('notification').set({ lease_until: 0 }).where('state', '=', 'waiting').execute();
}

function leaseEnd(database: Leased): Expression<Millis> {
  return sql<Millis>`${database.leaseNow()} + ${sql.lit(LEASE_MS)}`;
}
