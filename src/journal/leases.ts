import { sql, type Expression } from 'kysely';
import type { Millis } from '../rotation/run.js';
import type { Database } from './database.js';
import { FORM } from './forms.js';
import type { Claim } from './journal.js';
import { leaseLost } from './rows.js';

/** How long a claim holds without being renewed. */
export const LEASE_MS = 10_000;

/** The run that has waited longest, if one does: nobody else gets it while the lease lasts. */
export async function claimNext(database: Database): Promise<Claim | undefined> {
  const { db, isShared } = database;
  const free = db
    .selectFrom('run')
    .select('id')
    .where('ended', '=', 0)
    .where('form', '<=', FORM)
    .where('lease_until', '<=', database.leaseNow())
    .orderBy('lease_until')
    .limit(1)
    .$if(isShared, (query) => query.forUpdate().skipLocked());
  const row = await db
    .updateTable('run')
    .set((eb) => ({ epoch: eb('epoch', '+', 1), lease_until: leaseEnd(database) }))
    .where('id', '=', free)
    .returning(['id', 'epoch'])
    .executeTakeFirst();
  return row && { runId: row.id, epoch: row.epoch };
}

/** Throws `lease_lost` where another worker has taken the run over. */
export async function renew(database: Database, held: Claim): Promise<void> {
  await setLease(database, held, leaseEnd(database));
}

/** Throws `lease_lost` where another worker has taken the run over. */
export async function release(database: Database, held: Claim): Promise<void> {
  await setLease(database, held, sql.val(0));
}

function leaseEnd(database: Database): Expression<Millis> {
  return sql<Millis>`${database.leaseNow()} + ${sql.lit(LEASE_MS)}`;
}

async function setLease({ db }: Database, held: Claim, until: Expression<Millis>): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable('run')
    .set({ lease_until: until })
    .where('id', '=', held.runId)
    .where('epoch', '=', held.epoch)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw leaseLost(held);
}
