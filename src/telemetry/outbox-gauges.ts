import type { Notifications } from '../journal/notifications.js';
import { asRotorError } from '../rotation/errors.js';
import type { Meters, Sample } from './meters.js';

/** What is still to be told, whichever replica is asked. */
export class OutboxGauges {
  constructor(
    private readonly meters: Meters,
    private readonly notifications: Pick<Notifications, 'outstanding'>,
  ) {}

  /** Where the journal cannot be read they show nothing, rather than what was true some time ago. */
  async refresh(): Promise<void> {
    const all = await this.notifications.outstanding().catch((error: unknown) => {
      if (asRotorError(error).code !== 'journal_unavailable') throw error;
      return [];
    });
    const counts = all.flatMap(({ notifier, waiting, dead }): Sample<'notifications'>[] =>
      Object.entries({ waiting, dead }).flatMap(([state, value]) =>
        value > 0 ? [{ labels: { notifier, state }, value }] : [],
      ),
    );
    const oldest = all.flatMap(({ notifier, waitingSince }): Sample<'notificationWaiting'>[] =>
      waitingSince === undefined ? [] : [{ labels: { notifier }, value: waitingSince / 1_000 }],
    );
    this.meters.show('notifications', counts);
    this.meters.show('notificationWaiting', oldest);
  }
}
