import { hostname } from 'node:os';
import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Logger } from 'pino';
import { schedulerResumed, schedulerStalled } from '../events/of-the-service.js';
import type { Journal } from '../journal/journal.js';
import { Heartbeats } from '../notifiers/healthchecks/heartbeats.js';
import type { Clock } from '../rotation/clock.js';
import { asRotorError } from '../rotation/errors.js';
import type { Millis } from '../rotation/run.js';
import { CLOCK, JOURNAL, LOG } from '../tokens.js';
import { ScheduleTrigger } from './schedule.trigger.js';
import { STALLED, StalledOthers, THERE, TOPIC } from './stalled-others.js';

const TICK_MS = 15_000;
/** As the alert RotorSchedulerStalled has it. */
export const STALLED_AFTER_MS = 5 * 60_000;

/**
 * Sees whether the schedule of this process is read, and says so: to dead man's switches as long as it is, to notifiers
 * when two looks in a row find that it is not. Where the journal is what fails, the event follows once it can be written.
 * While it is read, others are looked after as well.
 */
@Injectable()
export class StallTrigger {
  readonly #instance = hostname();
  readonly #startedAt: Millis;
  readonly #startedMonotonic: number;
  /** A machine that was suspended wakes up to an old tick, and to a new one before the next look. */
  #isSuspected = false;
  #beatFor: Millis | undefined;
  #stalledSince: Millis | undefined;
  /** Also of a stall that an earlier process on this host has told of. */
  #mayHaveEnded = true;
  readonly #others: StalledOthers;

  constructor(
    @Inject(ScheduleTrigger) private readonly schedule: ScheduleTrigger,
    @Inject(Heartbeats) private readonly heartbeats: Heartbeats,
    @Inject(JOURNAL) private readonly journal: Journal,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Logger,
  ) {
    this.#startedAt = clock.now();
    this.#startedMonotonic = clock.monotonic();
    this.#others = new StalledOthers(this.#instance, journal.notifications, clock);
  }

  @Interval('stall', TICK_MS)
  async tick(): Promise<void> {
    const { lastTickAt } = this.schedule;
    try {
      const wasSuspected = this.#isSuspected;
      this.#isSuspected = this.#isLate();
      if (this.#isSuspected && wasSuspected) await this.#stalled(lastTickAt);
      else if (!this.#isSuspected && lastTickAt !== undefined) await this.#ticking(lastTickAt);
    } catch (error) {
      const fields = { event: { action: 'stall.failed' }, err: asRotorError(error) };
      this.log.error(fields, 'it could not be said whether the schedule is read');
    }
  }

  /** By the clock that nobody sets: where the wall clock is put forward, nothing has stalled. */
  #isLate(): boolean {
    const since = this.schedule.lastTickMonotonic ?? this.#startedMonotonic;
    return this.clock.monotonic() - since > STALLED_AFTER_MS;
  }

  async #stalled(lastTickAt: Millis | undefined): Promise<void> {
    this.#stalledSince ??= lastTickAt ?? this.#startedAt;
    const since = new Date(this.#stalledSince).toISOString();
    const why = this.schedule.lastFault?.message ?? 'a tick has begun and not ended';
    this.heartbeats.beat('fail', `The schedule on ${this.#instance} was last read at ${since}: ${why}`);
    this.#mayHaveEnded = true;
    await this.#tell();
  }

  async #ticking(lastTickAt: Millis): Promise<void> {
    // Without a tick in between there is nothing new to say.
    if (this.#beatFor !== lastTickAt)
      this.heartbeats.beat('success', `read at ${new Date(lastTickAt).toISOString()}`);
    this.#beatFor = lastTickAt;
    await this.#others.look();
    if (!this.#mayHaveEnded) return;
    if (this.#stalledSince !== undefined) await this.#tell();
    const end = schedulerResumed(this.#instance, lastTickAt);
    await this.journal.notifications.flipBack(end.rotation, TOPIC, 'ticking', (before) =>
      before.startsWith(STALLED) ? end : undefined,
    );
    this.#stalledSince = undefined;
    this.#mayHaveEnded = false;
  }

  async #tell(): Promise<void> {
    if (this.#stalledSince === undefined) return;
    const event = schedulerStalled(this.#instance, this.#stalledSince, this.schedule.lastFault);
    const value = `${STALLED}${this.#stalledSince}`;
    const { notifications } = this.journal;
    // First, since of one that has never said so nobody tells that it is gone.
    await notifications.flipBack(event.rotation, THERE, String(this.clock.now()), () => undefined);
    await notifications.flip(event.rotation, TOPIC, value, event);
  }
}
