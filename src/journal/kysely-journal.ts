import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import type { Kysely, Transaction } from 'kysely';
import { sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { Clock } from '../rotation/clock.js';
import { RotorError } from '../rotation/errors.js';
import type { Millis, Run } from '../rotation/run.js';
import { assertMove } from '../rotation/run.js';
import type { Change, Claim, Entry, History, Journal, NewRun } from './journal.js';
import type { RunRow } from './rows.js';
import { insertEntry, leaseLost, refuseWhereActive, rowOf, runOf, unavailable } from './rows.js';
import type { Tables } from './tables.js';
import { migrations } from './tables.js';

/** How long a claim holds without being renewed. */
export const LEASE_MS = 10_000;

type Db = Kysely<Tables> | Transaction<Tables>;

/** The journal over any database that kysely speaks to. Values are text and numbers, so that every engine agrees. */
export class KyselyJournal implements Journal {
  readonly #changes = new EventEmitter().setMaxListeners(0);

  private constructor(
    private readonly db: Kysely<Tables>,
    private readonly clock: Clock,
  ) {}

  /**
   * Brings the tables up to date first. A `soleWorker`, which the engine guarantees by a lock of its own, need not wait
   * for the leases of the process before it.
   */
  static async open(db: Kysely<Tables>, clock: Clock, { soleWorker = false } = {}): Promise<KyselyJournal> {
    const provider = { getMigrations: async () => migrations };
    const { error } = await new Migrator({ db, provider }).migrateToLatest();
    if (error !== undefined) throw unavailable('the journal could not be brought up to date', error);
    if (soleWorker) await db.updateTable('run').set({ lease_until: 0 }).where('ended', '=', 0).execute();
    return new KyselyJournal(db, clock);
  }

  async open(asked: NewRun): Promise<Run> {
    const startedAt = this.clock.now();
    const id = `run_${startedAt.toString(36)}${randomBytes(5).toString('hex')}`;
    const run: Run = { ...asked, id, state: { state: 'preparing' }, deliveries: [], measure: {}, startedAt };
    await this.#guarded(async () => {
      await this.db.transaction().execute(async (tx) => {
        await refuseWhereActive(tx, run);
        await tx
          .insertInto('run')
          .values(rowOf(run, { seq: 1, epoch: 0, lease_until: 0 }))
          .execute();
        await insertEntry(tx, id, { seq: 1, at: startedAt, state: run.state });
      });
    });
    this.#changes.emit('opened');
    return run;
  }

  async claim(): Promise<Claim | undefined> {
    return this.#guarded(async () => {
      const now = this.clock.now();
      return this.db.transaction().execute(async (tx) => {
        const row = await tx
          .selectFrom('run')
          .select(['id', 'epoch'])
          .where('ended', '=', 0)
          .where('lease_until', '<=', now)
          .orderBy('lease_until')
          .limit(1)
          .executeTakeFirst();
        if (!row) return undefined;
        const epoch = row.epoch + 1;
        await tx
          .updateTable('run')
          .set({ epoch, lease_until: now + LEASE_MS })
          .where('id', '=', row.id)
          .execute();
        return { runId: row.id, epoch };
      });
    });
  }

  async renew(claim: Claim): Promise<void> {
    await this.#setLease(claim, this.clock.now() + LEASE_MS);
  }

  async release(claim: Claim): Promise<void> {
    await this.#setLease(claim, 0);
  }

  async append(claim: Claim, change: Change): Promise<Run> {
    const run = await this.#guarded(async () =>
      this.db.transaction().execute(async (tx) => this.#append(tx, claim, change)),
    );
    this.#changes.emit(claim.runId);
    return run;
  }

  async #append(tx: Transaction<Tables>, claim: Claim, change: Change): Promise<Run> {
    const row = await tx.selectFrom('run').selectAll().where('id', '=', claim.runId).executeTakeFirst();
    if (!row || row.epoch !== claim.epoch) throw leaseLost(claim);
    const before = runOf(row);
    if (change.state) assertMove(before.state.state, change.state.state);
    const at = this.clock.now();
    const run = changedBy(change, before, at);
    if (change.resource) await refuseWhereActive(tx, run);
    const seq = row.seq + 1;
    await insertEntry(tx, run.id, { ...change, seq, at });
    const settled = change.state?.state === 'settled' ? { settled_at: at } : { settled_at: row.settled_at };
    const next = { ...rowOf(run, { seq, epoch: row.epoch, lease_until: row.lease_until }), ...settled };
    await tx.updateTable('run').set(next).where('id', '=', run.id).execute();
    return run;
  }

  async find(id: string): Promise<Run | undefined> {
    return this.#one((db) => db.selectFrom('run').selectAll().where('id', '=', id).executeTakeFirst());
  }

  async entries(id: string): Promise<readonly Entry[]> {
    return this.#guarded(async () => {
      const rows = await this.db
        .selectFrom('entry')
        .selectAll()
        .where('run_id', '=', id)
        .orderBy('seq')
        .execute();
      return rows.map((row) => ({ ...(JSON.parse(row.body) as Change), seq: row.seq, at: row.at }));
    });
  }

  async list({ rotation, limit }: { rotation?: string; limit: number }): Promise<readonly Run[]> {
    return this.#guarded(async () => {
      let query = this.db.selectFrom('run').selectAll().orderBy('started_at', 'desc').limit(limit);
      if (rotation !== undefined) query = query.where('rotation', '=', rotation);
      return (await query.execute()).map(runOf);
    });
  }

  async lastSettled(rotation: string): Promise<Run | undefined> {
    return this.#one((db) =>
      db
        .selectFrom('run')
        .selectAll()
        .where('rotation', '=', rotation)
        .where('settled_at', 'is not', null)
        .orderBy('settled_at', 'desc')
        .limit(1)
        .executeTakeFirst(),
    );
  }

  async history(rotation: string): Promise<History> {
    return this.#guarded(async () => {
      const now = this.clock.now();
      const insert = this.db.insertInto('rotation').values({ name: rotation, first_seen_at: now });
      await insert.onConflict((conflict) => conflict.doNothing()).execute();
      const { first_seen_at: firstSeen } = await this.db
        .selectFrom('rotation')
        .select('first_seen_at')
        .where('name', '=', rotation)
        .executeTakeFirstOrThrow();
      const runs = this.db.selectFrom('run').where('rotation', '=', rotation);
      const rotated = runs.where('mode', '=', 'rotate');
      const settled = await rotated.select(({ fn }) => fn.max('settled_at').as('at')).executeTakeFirst();
      const tokenSince = settled?.at ?? firstSeen;
      const { attempt, failures } = await rotated
        .select(({ fn }) => fn.max('started_at').as('attempt'))
        .select(
          sql<number>`sum(case when ended = 1 and settled_at is null and started_at > ${tokenSince} then 1 else 0 end)`.as(
            'failures',
          ),
        )
        .executeTakeFirstOrThrow();
      return { tokenSince, failures: failures ?? 0, ...(attempt !== null && { lastAttempt: attempt }) };
    });
  }

  async active(rotation: string): Promise<Run | undefined> {
    return this.#one((db) =>
      db
        .selectFrom('run')
        .selectAll()
        .where('rotation', '=', rotation)
        .where('active', '=', 1)
        .executeTakeFirst(),
    );
  }

  async waitForChange(id: string, seq: number, timeoutMs: number, signal: AbortSignal): Promise<void> {
    const stop = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const changed = once(this.#changes, id, { signal: stop }).catch(() => undefined);
    const entries = await this.entries(id);
    if (entries.length > seq) return;
    await changed;
  }

  /** Resolves at once when a run is opened, so that a worker need not wait for its next look at the queue. */
  async waitForWork(timeoutMs: number, signal: AbortSignal): Promise<void> {
    const stop = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    await once(this.#changes, 'opened', { signal: stop }).catch(() => undefined);
  }

  async check(): Promise<void> {
    await this.#guarded(async () => {
      await this.db.transaction().execute(async (tx) => {
        await tx.updateTable('run').set({ seq: 0 }).where('id', '=', '').execute();
      });
    });
  }

  async close(): Promise<void> {
    await this.db.destroy();
  }

  async #setLease(claim: Claim, until: number): Promise<void> {
    await this.#guarded(async () => {
      const { numUpdatedRows } = await this.db
        .updateTable('run')
        .set({ lease_until: until })
        .where('id', '=', claim.runId)
        .where('epoch', '=', claim.epoch)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) throw leaseLost(claim);
    });
  }

  async #one(query: (db: Db) => Promise<RunRow | undefined>): Promise<Run | undefined> {
    const row = await this.#guarded(async () => query(this.db));
    return row && runOf(row);
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof RotorError) throw error;
      throw unavailable('the journal could not be read or written', error);
    }
  }
}

function changedBy({ note: _note, ...change }: Change, before: Run, at: Millis): Run {
  const { waitingFor: _over, ...rest } = before;
  const kept = change.state ? rest : before;
  return { ...kept, ...change, ...(change.state?.state === 'ended' && { endedAt: at }) };
}
