import type { Transaction } from 'kysely';
import { said } from '../events/happened.js';
import type { Clock } from '../rotation/clock.js';
import { addAct } from './acts.js';
import type { Database } from './database.js';
import type { Act } from './act.js';
import type { StartRequest } from './journal.js';
import type { Outbox } from './outbox.js';
import { noteRequest, sentBefore } from './requests.js';
import type { Tables } from './tables.js';

/** Notes what people say, one after the other, and tells of it in the same transaction. */
export class Saying {
  constructor(
    private readonly database: Pick<Database, 'lockOpening'>,
    private readonly clock: Clock,
    private readonly outbox: Outbox,
  ) {}

  async say(tx: Transaction<Tables>, act: Act): Promise<void> {
    await this.database.lockOpening(tx);
    const now = this.clock.now();
    await addAct(tx, act, now);
    await this.outbox.write(tx, said(act), now);
  }

  /** As `Journal.actOnce`. */
  async sayOnce(tx: Transaction<Tables>, act: Act | undefined, request: StartRequest): Promise<boolean> {
    await this.database.lockOpening(tx);
    const now = this.clock.now();
    if (await sentBefore(tx, request, now)) return false;
    await noteRequest(tx, request, null, now);
    if (act) await this.say(tx, act);
    return true;
  }
}
