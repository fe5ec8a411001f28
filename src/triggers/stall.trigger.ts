import { hostname } from 'node:os';
import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Logger } from 'pino';
import { instanceIn, schedulerGone, schedulerResumed, schedulerStalled } from '../events/of-the-service.js';
import type { Journal } from '../journal/journal.js';
import { Heartbeats } from '../notifiers/healthchecks/heartbeats.js';
import type { Clock } from '../rotation/clock.js';
import { asRotorError } from '../rotation/errors.js';
import type { Millis } from '../rotation/run.js';
import { CLOCK, JOURNAL, LOG } from '../tokens.js';
import { ScheduleTrigger } from './schedule.trigger.js';

const TICK_MS = 15_000;
/** As the alert RotorSchedulerStalled has it. */
export const STALLED_AFTER_MS = 5 * 60_000;
/** So long nothing is heard of a stalled process until another one takes it for gone. */
export const GONE_AFTER_MS = 10 * 60_000;
const OTHERS_EVERY_MS = 60_000;
const TOPIC = 'scheduler';
/** Under it a stalled process notes now and then that it is there. */
const THERE = 'scheduler there';
const STALLED = 'stalled since ';

/**
 * Sees whether the schedule of this process is read, and says so: to dead man's switches as long as it is, to notifiers
 * when two looks in a row find that it is not. Where the journal is what fails, the event follows once it can be written.
 * While it is read, it also looks after other processes that were told of as stalled: one that a rollout has replaced
 * tells no end itself.
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
  #othersAt = Number.NEGATIVE_INFINITY;
  /** Of other processes that are stalled: their last word, and since when it is that. By the clock of this process alone. */
  readonly #others = new Map<string, { readonly word: string; readonly sinceMonotonic: Millis }>();

  constructor(
    @Inject(ScheduleTrigger) private readonly schedule: ScheduleTrigger,
    @Inject(Heartbeats) private readonly heartbeats: Heartbeats,
    @Inject(JOURNAL) private readonly journal: Journal,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Logger,
  ) {
    this.#startedAt = clock.now();
    this.#startedMonotonic = clock.monotonic();
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
    await this.#lookAtOthers();
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

  async #lookAtOthers(): Promise<void> {
    const now = this.clock.monotonic();
    if (now - this.#othersAt < OTHERS_EVERY_MS) return;
    this.#othersAt = now;
    const { notifications } = this.journal;
    const stalled = [...(await notifications.standings(TOPIC))].filter(
      ([subject, value]) => value.startsWith(STALLED) && instanceIn(subject) !== this.#instance,
    );
    if (stalled.length === 0) return this.#others.clear();
    const there = await notifications.standings(THERE);
    for (const [subject, value] of stalled) {
      const last = there.get(subject);
      // An older Rotor says nothing while it is stalled, and tells of it again whenever it was told as gone.
      if (last === undefined) continue;
      const word = `${value} ${last}`;
      const known = this.#others.get(subject);
      if (known?.word !== word) this.#others.set(subject, { word, sinceMonotonic: now });
      else if (now - known.sinceMonotonic >= GONE_AFTER_MS) await this.#tellGone(subject, value);
    }
  }

  async #tellGone(subject: string, value: string): Promise<void> {
    const since = Number(value.slice(STALLED.length));
    const gone = schedulerGone(instanceIn(subject), since, this.#instance);
    await this.journal.notifications.flipBack(subject, TOPIC, 'gone', (before) =>
      before === value ? gone : undefined,
    );
    this.#others.delete(subject);
  }
}
