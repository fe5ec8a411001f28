import { sql, type Expression, type Transaction } from 'kysely';
import type { RotorEvent } from '../events/schemas.js';
import type { Clock } from '../rotation/clock.js';
import type { Millis } from '../rotation/run.js';
import { wellFormed } from '../rotation/well-formed.js';
import type { Database } from './database.js';
import { guarded } from './guarded.js';
import type {
  ClaimedNotification,
  FailedTry,
  Notification,
  NotificationFilter,
  Notifications,
  NotificationState,
  Outstanding,
} from './notifications.js';
import { freshState, type Outbox } from './outbox.js';
import { notDead, notificationOf, outstandingIn } from './notification-rows.js';
import { forgetNotes, keepNote, noteOf } from './receiver-notes.js';
import { declared, note, noted, standingsOf } from './standings.js';
import type { Tables } from './tables.js';

type Claim = Pick<ClaimedNotification, 'id' | 'epoch'>;

/** Longer than a try may take: a sender that is alive is never overtaken. */
export const NOTIFICATION_LEASE_MS = 60_000;
const KEPT_MS = 30 * 24 * 60 * 60_000;

export class KyselyNotifications implements Notifications {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly outbox: Outbox,
  ) {}

  async flip(rotation: string, topic: string, value: string, event: RotorEvent): Promise<void> {
    if (!this.outbox.isHeard(event)) return;
    await guarded(async () =>
      this.database.transaction(async (tx) => {
        if (await note(tx, { rotation, topic, value })) await this.#write(tx, event);
      }),
    );
  }

  async flipBack(
    rotation: string,
    topic: string,
    value: string,
    event: (before: string) => RotorEvent | undefined,
  ): Promise<void> {
    await guarded(async () =>
      this.database.transaction(async (tx) => {
        const before = await noted(tx, { rotation, topic }, this.database.isShared);
        const isNews = await note(tx, { rotation, topic, value });
        const end = isNews && before !== undefined ? event(before) : undefined;
        if (end) await this.#write(tx, end);
      }),
    );
  }

  async standings(topic: string): Promise<ReadonlyMap<string, string>> {
    return guarded(async () => standingsOf(this.database.db, topic));
  }

  async declare(rotations: readonly string[], event: (rotation: string) => RotorEvent): Promise<void> {
    await guarded(async () =>
      this.database.transaction(async (tx) => {
        for (const gone of await declared(tx, rotations, this.database)) await this.#write(tx, event(gone));
      }),
    );
  }

  async #write(tx: Transaction<Tables>, event: RotorEvent): Promise<void> {
    await this.outbox.write(tx, [event], this.clock.now());
  }

  async claim(notifier: string, address: string): Promise<ClaimedNotification | undefined> {
    const now = this.database.leaseNow();
    return guarded(async () => {
      const row = await this.database.transaction(async (tx) => {
        const first = tx
          .selectFrom('notification as one')
          .select('one.id')
          .where('one.notifier', '=', notifier)
          .where('one.state', '=', 'waiting')
          .where('one.next_at', '<=', now)
          .where('one.lease_until', '<=', now)
          .where((eb) =>
            eb.not(
              eb.exists(
                eb
                  .selectFrom('notification as before')
                  .select('before.id')
                  .whereRef('before.notifier', '=', 'one.notifier')
                  .whereRef('before.rotation', '=', 'one.rotation')
                  .where('before.state', '=', 'waiting')
                  .whereRef('before.number', '<', 'one.number'),
              ),
            ),
          )
          .orderBy('one.next_at')
          .orderBy('one.number')
          .limit(1)
          .$if(this.database.isShared, (query) => query.forUpdate().skipLocked());
        return tx
          .updateTable('notification')
          .set((eb) => ({ epoch: eb('epoch', '+', 1), lease_until: this.#in(NOTIFICATION_LEASE_MS) }))
          .where('id', '=', first)
          .returning(['id', 'epoch', 'number', 'event', 'body', 'tries'])
          .returning(sql<number>`${now} - since`.as('ageMs'))
          .executeTakeFirst();
      });
      return row && { ...row, isGone: await this.#isGone(notifier, address) };
    });
  }

  async sent(claim: Claim): Promise<void> {
    const at = this.clock.now();
    await this.#end(claim, { state: 'sent', problem: null, ended_at: at });
    await this.#forget(at - KEPT_MS);
  }

  async failed(claim: Claim, tried: FailedTry): Promise<void> {
    const { problem, againInMs, goneAt } = wellFormed(tried);
    const at = this.clock.now();
    if (againInMs === undefined) await this.#end(claim, { state: 'dead', problem, ended_at: at, tried: 1 });
    else await this.#end(claim, { problem, next_at: this.#in(againInMs), tried: 1 });
    if (goneAt !== undefined) await this.#noteGone(claim, goneAt, at);
  }

  async recall(notifier: string, about: string): Promise<string | undefined> {
    return guarded(async () => noteOf(this.database.db, { notifier, about }));
  }

  async keep(claim: Claim, about: string, value: string): Promise<void> {
    const kept = { ...wellFormed({ about, value }), at: this.clock.now() };
    await guarded(async () =>
      this.database.transaction(async (tx) => keepNote(tx, claim, kept, this.database.isShared)),
    );
  }

  async buryOthers(known: readonly string[], olderThanMs: number): Promise<void> {
    await guarded(async () => {
      const others = this.database.db
        .updateTable('notification')
        .set({
          state: 'dead',
          problem: 'the config has no such notifier any more',
          ended_at: this.clock.now(),
        })
        .where('state', '=', 'waiting')
        .where('since', '<=', this.#in(-olderThanMs));
      await (known.length === 0 ? others : others.where('notifier', 'not in', known)).execute();
    });
  }

  async list({ state, limit, after }: NotificationFilter): Promise<readonly Notification[]> {
    return guarded(async () => {
      let query = this.database.db
        .selectFrom('notification')
        .selectAll()
        .orderBy('number', 'desc')
        .limit(limit);
      if (state !== undefined) query = query.where('state', '=', state);
      if (after !== undefined)
        query = query.where('number', '<', (eb) =>
          eb.selectFrom('notification').select('number').where('id', '=', after),
        );
      return (await query.execute()).map(notificationOf);
    });
  }

  async outstanding(): Promise<readonly Outstanding[]> {
    return guarded(async () => outstandingIn(this.database.db));
  }

  async replay(id: string): Promise<Notification> {
    return guarded(async () =>
      this.database.transaction(async (tx) => {
        const again = await tx
          .updateTable('notification')
          .set(freshState(this.database.leaseNow()))
          .where('id', '=', id)
          .where('state', '=', 'dead')
          .returningAll()
          .executeTakeFirst();
        if (!again) throw await notDead(tx, id);
        await tx.deleteFrom('gone').where('notifier', '=', again.notifier).execute();
        return notificationOf(again);
      }),
    );
  }

  /** Unless another sender has taken it over. */
  async #end({ id, epoch }: Claim, { tried = 0, ...change }: Change & { tried?: number }): Promise<void> {
    await guarded(async () =>
      this.database.transaction(async (tx) => {
        await tx
          .updateTable('notification')
          .set((eb) => ({ ...change, lease_until: 0, tries: eb('tries', '+', tried) }))
          .where('id', '=', id)
          .where('epoch', '=', epoch)
          .where('state', '=', 'waiting')
          .execute();
      }),
    );
  }

  async #noteGone({ id }: Claim, address: string, at: Millis): Promise<void> {
    await guarded(async () => {
      const { notifier } = await this.database.db
        .selectFrom('notification')
        .select('notifier')
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
      await this.database.db
        .insertInto('gone')
        .values({ notifier, address, at })
        .onConflict((conflict) => conflict.column('notifier').doUpdateSet({ address, at }))
        .execute();
    });
  }

  async #isGone(notifier: string, address: string): Promise<boolean> {
    const known = this.database.db.selectFrom('gone').select('at').where('notifier', '=', notifier);
    return (await known.where('address', '=', address).executeTakeFirst()) !== undefined;
  }

  async #forget(before: Millis): Promise<void> {
    await guarded(async () => {
      const old = this.database.db.deleteFrom('notification').where('ended_at', '<', before);
      await old.execute();
      await forgetNotes(this.database.db, before);
    });
  }

  #in(ms: number): Expression<Millis> {
    return sql<Millis>`${this.database.leaseNow()} + ${sql.lit(ms)}`;
  }
}

type Change = {
  readonly state?: NotificationState;
  readonly problem: string | null;
  readonly ended_at?: Millis;
  readonly next_at?: Expression<Millis>;
};
