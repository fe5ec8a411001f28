import type { Selectable, Transaction } from 'kysely';
import type { Millis } from '../rotation/run.js';
import type { Db } from './database.js';
import type { ClaimedNotification } from './notifications.js';
import type { Tables } from './tables.js';

type Note = Selectable<Tables['receiver_note']>;

export async function noteOf(
  db: Db,
  { notifier, about }: Pick<Note, 'notifier' | 'about'>,
): Promise<string | undefined> {
  const found = await db
    .selectFrom('receiver_note')
    .select('value')
    .where('notifier', '=', notifier)
    .where('about', '=', about)
    .executeTakeFirst();
  return found?.value;
}

/** Of the notifier of the claim, while that claim holds. */
export async function keepNote(
  tx: Transaction<Tables>,
  { id, epoch }: Pick<ClaimedNotification, 'id' | 'epoch'>,
  { about, value, at }: Omit<Note, 'notifier'>,
  isShared: boolean,
): Promise<void> {
  const claimed = await tx
    .selectFrom('notification')
    .select('notifier')
    .where('id', '=', id)
    .where('epoch', '=', epoch)
    .where('state', '=', 'waiting')
    .$if(isShared, (query) => query.forUpdate())
    .executeTakeFirst();
  if (!claimed) return;
  await tx
    .insertInto('receiver_note')
    .values({ notifier: claimed.notifier, about, value, at })
    .onConflict((conflict) => conflict.columns(['notifier', 'about']).doUpdateSet({ value, at }))
    .execute();
}

export async function forgetNotes(db: Db, before: Millis): Promise<void> {
  await db.deleteFrom('receiver_note').where('at', '<', before).execute();
}
