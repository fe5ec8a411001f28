import type { Clock } from '../rotation/clock.js';
import { RotorError } from '../rotation/errors.js';
import type { Fingerprint } from '../rotation/secret.js';
import type { Callbacks, Heard, Instances, Offer } from '../targets/webhook/callbacks.js';
import type { Database } from './database.js';
import { guarded } from './guarded.js';

/** A row for each try, since each has a token of its own; what is said of a delivery stands in all of its rows. */
export class KyselyCallbacks implements Callbacks {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async offer(offer: Offer, tokenHash: string): Promise<void> {
    await guarded(async () =>
      this.database.transaction(async (tx) => {
        // What was said after an earlier try holds: a receiver that knows the delivery says nothing twice.
        const before = await tx
          .selectFrom('callback')
          .select(['sent_at', 'seen', 'instances'])
          .where('delivery', '=', offer.delivery)
          .executeTakeFirst();
        const kept = before ?? { sent_at: null, seen: null, instances: null };
        await tx
          .insertInto('callback')
          .values({ ...offer, token_hash: tokenHash, ...kept })
          .execute();
      }),
    );
  }

  async sent(delivery: string): Promise<void> {
    await guarded(async () => {
      const rows = this.database.db.updateTable('callback').where('delivery', '=', delivery);
      await rows.set({ sent_at: this.clock.now() }).execute();
    });
  }

  async heard({ rotation, target, receiver, fingerprint }: Omit<Offer, 'delivery'>): Promise<Heard> {
    return guarded(async () => {
      const ofTarget = this.database.db
        .selectFrom('callback')
        .selectAll()
        .where('rotation', '=', rotation)
        .where('target', '=', target)
        .where((eb) => eb.or([eb('receiver', '=', receiver), eb('receiver', 'is', null)]))
        .orderBy('number', 'desc')
        .limit(1);
      const arrived = ofTarget.where((eb) =>
        eb.or([eb('sent_at', 'is not', null), eb('seen', 'is not', null)]),
      );
      const [newest] = await arrived.execute();
      const [counted] = await ofTarget.where('instances', 'is not', null).execute();
      const lastOf = counted?.instances ?? undefined;
      return {
        ...(newest?.fingerprint === fingerprint && saidOf(newest)),
        ...(lastOf !== undefined && { lastOf }),
      };
    });
  }

  async isKnown(delivery: string, tokenHash: string): Promise<boolean> {
    return guarded(async () => {
      const rows = this.database.db.selectFrom('callback').select('number').where('delivery', '=', delivery);
      return (await rows.where('token_hash', '=', tokenHash).executeTakeFirst()) !== undefined;
    });
  }

  async confirm(
    delivery: string,
    fingerprint: Fingerprint,
    { seen, of }: Instances,
  ): Promise<Omit<Offer, 'receiver'>> {
    return guarded(async () => {
      const rows = this.database.db.selectFrom('callback').selectAll().where('delivery', '=', delivery);
      const known = await rows.executeTakeFirst();
      if (!known) throw new RotorError('not_found', `there is no delivery ${delivery}`);
      if (known.fingerprint !== fingerprint) throw another(known.fingerprint, fingerprint);
      await this.database.db
        .updateTable('callback')
        .set({ seen, instances: of })
        .where('delivery', '=', delivery)
        .execute();
      const { rotation, target } = known;
      return { delivery, rotation, target, fingerprint };
    });
  }
}

function saidOf(row: { sent_at: number | null; seen: number | null; instances: number | null }): Heard {
  const { sent_at: sentAt, seen, instances: of } = row;
  return {
    ...(sentAt !== null && { sentAt }),
    ...(seen !== null && of !== null && { instances: { seen, of } }),
  };
}

function another(delivered: string, said: string): RotorError {
  return new RotorError('request_invalid', `the call-back names ${said}, and ${delivered} was delivered`, {
    hint: 'Send the fingerprint of the token that the agents run with: the first 8 hex digits of its SHA-256.',
  });
}
