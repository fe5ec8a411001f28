import { instanceIn, schedulerGone } from '../events/of-the-service.js';
import type { Notifications } from '../journal/notifications.js';
import type { Clock } from '../rotation/clock.js';
import type { Millis } from '../rotation/run.js';

/** So long nothing is heard of a stalled process until another one takes it for gone. */
export const GONE_AFTER_MS = 10 * 60_000;
const EVERY_MS = 60_000;
export const TOPIC = 'scheduler';
/** Under it a stalled process notes now and then that it is there. */
export const THERE = 'scheduler there';
/** What stands before the time since when. */
export const STALLED = 'stalled since ';

/** Of a stalled process: what it noted last, and since when that has not changed, by the clock of this process alone. */
type Heard = { readonly word: string; readonly sinceMonotonic: Millis };

/** The other processes that were told of as stalled: one that a rollout has replaced tells no end itself. */
export class StalledOthers {
  #lookedAt = Number.NEGATIVE_INFINITY;
  readonly #heard = new Map<string, Heard>();

  constructor(
    private readonly instance: string,
    private readonly notifications: Notifications,
    private readonly clock: Clock,
  ) {}

  /** Once a minute, however often it is called. */
  async look(): Promise<void> {
    const now = this.clock.monotonic();
    if (now - this.#lookedAt < EVERY_MS) return;
    this.#lookedAt = now;
    const stalled = [...(await this.notifications.standings(TOPIC))].filter(
      ([subject, value]) => value.startsWith(STALLED) && instanceIn(subject) !== this.instance,
    );
    if (stalled.length === 0) return this.#heard.clear();
    const there = await this.notifications.standings(THERE);
    for (const [subject, value] of stalled) {
      const last = there.get(subject);
      // An older Rotor says nothing while it is stalled, and tells of it again whenever it was told as gone.
      if (last === undefined) continue;
      const word = `${value} ${last}`;
      const known = this.#heard.get(subject);
      if (known?.word !== word) this.#heard.set(subject, { word, sinceMonotonic: now });
      else if (now - known.sinceMonotonic >= GONE_AFTER_MS) await this.#tellGone(subject, value);
    }
  }

  async #tellGone(subject: string, value: string): Promise<void> {
    const since = Number(value.slice(STALLED.length));
    const gone = schedulerGone(instanceIn(subject), since, this.instance);
    await this.notifications.flipBack(subject, TOPIC, 'gone', (before) =>
      before === value ? gone : undefined,
    );
    this.#heard.delete(subject);
  }
}
