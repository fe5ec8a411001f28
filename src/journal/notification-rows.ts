import type { Selectable } from 'kysely';
import { RotorError } from '../rotation/errors.js';
import type { Db } from './database.js';
import type { Notification, NotificationState, Outstanding } from './notifications.js';
import type { Tables } from './tables.js';

type Row = Selectable<Tables['notification']>;

export async function outstandingIn(db: Db): Promise<readonly Outstanding[]> {
  const rows = await db
    .selectFrom('notification')
    .where('state', 'in', ['waiting', 'dead'])
    .groupBy(['notifier', 'state'])
    .select(({ fn }) => ['notifier', 'state', fn.countAll<number>().as('count'), fn.min('at').as('oldest')])
    .execute();
  return [...Map.groupBy(rows, ({ notifier }) => notifier)].map(([notifier, those]) => {
    const waiting = those.find(({ state }) => state === 'waiting');
    const dead = those.find(({ state }) => state === 'dead');
    return {
      notifier,
      waiting: waiting?.count ?? 0,
      dead: dead?.count ?? 0,
      ...(waiting && { waitingSince: waiting.oldest }),
    };
  });
}

/** As it is shown. */
export function notificationOf(row: Row): Notification {
  const { id, notifier, rotation, event, name, at, state, tries, problem, ended_at: endedAt } = row;
  return {
    id,
    notifier,
    rotation,
    event,
    name,
    at,
    state: state as NotificationState,
    tries,
    ...(problem !== null && { problem }),
    ...(endedAt !== null && { endedAt }),
  };
}

/** Why it cannot be sent again. */
export async function notDead(db: Db, id: string): Promise<RotorError> {
  const found = db.selectFrom('notification').select('state').where('id', '=', id);
  const row = await found.executeTakeFirst();
  if (!row) return new RotorError('not_found', `there is no notification ${JSON.stringify(id)}`);
  const is = row.state === 'sent' ? 'was sent' : 'is on its way';
  return new RotorError('not_possible', `${id} ${is}: only one that was given up can be sent again`);
}
