import type { EventName, RotorEvent } from '../events/schemas.js';
import type { Millis } from '../rotation/run.js';

/** Who is to hear of what happened to a rotation. */
export type Subscribed = (
  rotation: string,
  event: EventName,
) => readonly { readonly notifier: string; /** Of the event. */ readonly source: string }[];

/** `dead`: given up, until a person has it sent again. */
export type NotificationState = 'waiting' | 'sent' | 'dead';
export const NOTIFICATION_STATES = ['waiting', 'sent', 'dead'] as const satisfies NotificationState[];

/** One event on its way to one notifier. */
export type Notification = {
  readonly id: string;
  readonly notifier: string;
  readonly rotation: string;
  /** Of the event, and its `webhook-id`. */
  readonly event: string;
  readonly name: string;
  readonly at: Millis;
  readonly state: NotificationState;
  /** That failed. */
  readonly tries: number;
  /** What the last one failed with. */
  readonly problem?: string;
  readonly endedAt?: Millis;
};

/** The right to send it, until the lease ends. */
export type ClaimedNotification = {
  readonly id: string;
  readonly epoch: number;
  /** In the order in which they were written: of those of one rotation, a later one has a greater number. */
  readonly number: number;
  readonly event: string;
  /** As it is sent, byte by byte the same on every try. */
  readonly body: string;
  readonly tries: number;
  /** Since it was written, or since a person had it sent again. */
  readonly ageMs: number;
  /** The receiver at this address has said that it wants no more. */
  readonly isGone: boolean;
};

export type FailedTry = {
  readonly problem: string;
  /** Until the next try; absent: it is given up. */
  readonly againInMs?: number;
  /** The receiver wants no more at this address: nothing is sent there until a person has something sent again. */
  readonly goneAt?: string;
};

export type Outstanding = {
  readonly notifier: string;
  readonly waiting: number;
  readonly dead: number;
  readonly waitingSince?: Millis;
};

export type NotificationFilter = {
  readonly state?: NotificationState;
  readonly limit: number;
  /** Those that were written before this one. */
  readonly after?: string;
};

/**
 * The outbox: events are written in the transaction of the entry that they tell of. Promises (checked by the contract
 * suite):
 * - `claim` hands each to one sender at a time, the events of one rotation to one notifier in the order in which they
 *   were written; the next one waits until the one before it is sent or given up;
 * - what was claimed and neither sent nor failed is handed out again when the lease ends, under the same event id;
 * - `sent` and `failed` of a claim whose lease another one has taken over change nothing;
 * - what is sent or dead is kept for thirty days, and so is what a notifier has kept of a matter.
 */
export interface Notifications {
  /**
   * Writes the event unless `value` is what was noted of the rotation under this topic before, by whichever replica.
   * Where nobody is to hear of it, nothing is noted: whoever subscribes later is told.
   */
  flip(rotation: string, topic: string, value: string, event: RotorEvent): Promise<void>;
  /**
   * Notes the value in any case, and writes what `event` makes of the one that was noted before, where that was another;
   * undefined: nothing is said.
   */
  flipBack(
    rotation: string,
    topic: string,
    value: string,
    event: (before: string) => RotorEvent | undefined,
  ): Promise<void>;
  /** What was noted last under this topic, by what it was noted of. */
  standings(topic: string): Promise<ReadonlyMap<string, string>>;
  /**
   * Notes which rotations a replica has, and is asked anew every 15 seconds by each. Of one that no replica has had for about
   * two minutes all that was noted is forgotten, so that it is told anew once the rotation is back, and `event` is
   * written, once for all replicas.
   */
  declare(rotations: readonly string[], event: (rotation: string) => RotorEvent): Promise<void>;
  claim(notifier: string, address: string): Promise<ClaimedNotification | undefined>;
  sent(claim: Pick<ClaimedNotification, 'id' | 'epoch'>): Promise<void>;
  failed(claim: Pick<ClaimedNotification, 'id' | 'epoch'>, failed: FailedTry): Promise<void>;
  /** What the notifier has kept of the matter, by whichever replica. */
  recall(notifier: string, about: string): Promise<string | undefined>;
  /** In the place of what was kept of it; nothing where another sender has taken the claim over. */
  keep(claim: Pick<ClaimedNotification, 'id' | 'epoch'>, about: string, value: string): Promise<void>;
  /** Gives up what has waited so long for a notifier that is none of these. */
  buryOthers(known: readonly string[], olderThanMs: number): Promise<void>;
  /** Newest first. */
  list(filter: NotificationFilter): Promise<readonly Notification[]>;
  /** Of each notifier that has some: how many wait, since when the oldest does, and how many were given up. */
  outstanding(): Promise<readonly Outstanding[]>;
  /** Lets one that is dead be sent again at once; throws `not_found`, and `not_possible` where it is not dead. */
  replay(id: string): Promise<Notification>;
}
