import { sql, type Expression, type Transaction } from 'kysely';
import { happened } from '../events/happened.js';
import { recoveredDeliveries } from './recovered-deliveries.js';
import { cloudEvent, newEventId } from '../events/cloud-event.js';
import type { EventName, RotorEvent } from '../events/schemas.js';
import type { Millis, Run } from '../rotation/run.js';
import { wellFormed } from '../rotation/well-formed.js';
import type { Database } from './database.js';
import type { Subscribed } from './notifications.js';
import type { Tables } from './tables.js';

/** Writes what happened for everybody who is to hear of it, in the transaction of the entry that tells of it. */
export class Outbox {
  constructor(
    private readonly database: Pick<Database, 'leaseNow' | 'isShared'>,
    private readonly subscribed: Subscribed,
  ) {}

  isHeard({ rotation, name }: RotorEvent): boolean {
    return this.#hears(rotation, name);
  }

  /** What one entry of a run tells. */
  async tell(tx: Transaction<Tables>, before: Run, run: Run, at: Millis): Promise<void> {
    const recovered = this.#hears(run.rotation, 'delivery.converged')
      ? await recoveredDeliveries(tx, before, run, this.database.isShared)
      : [];
    await this.write(tx, [...recovered, ...happened(before, run)], at);
  }

  #hears(rotation: string, name: EventName): boolean {
    return this.subscribed(rotation, name).length > 0;
  }

  async write(tx: Transaction<Tables>, events: readonly RotorEvent[], at: Millis): Promise<void> {
    for (const event of events) await this.#writeOne(tx, event, at);
  }

  async #writeOne(tx: Transaction<Tables>, { rotation, name, data }: RotorEvent, at: Millis): Promise<void> {
    const id = newEventId(at);
    const now = this.database.leaseNow();
    for (const { notifier, source } of this.subscribed(rotation, name)) {
      const body = JSON.stringify(wellFormed(cloudEvent({ id, source, name, rotation, at, data })));
      const row = { id: `${id}.${notifier}`, notifier, rotation, event: id, name, at, body };
      await tx
        .insertInto('notification')
        .values({ ...row, ...freshState(now) })
        .execute();
    }
  }
}

/** As before its first try. */
export function freshState(now: Expression<Millis>) {
  return {
    state: 'waiting',
    tries: 0,
    since: now,
    next_at: now,
    lease_until: sql.lit(0),
    problem: null,
    ended_at: null,
  } as const;
}
