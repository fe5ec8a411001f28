import { createHash } from 'node:crypto';
import type { SecretRef } from '../config/secret-ref.js';
import type { ReceiverLimits } from '../config/webhook-fields.js';
import type { Poster } from '../http/poster.js';
import type { Secret } from '../rotation/secret.js';

/** One event on its way, the same bytes on every try. */
export type Message = {
  /** Of the event. */
  readonly id: string;
  /** A CloudEvent, structured. */
  readonly body: string;
  /** Absent where somebody tries the notifier. */
  readonly memory?: Memory;
};

/** What a notifier keeps of a matter from one message about it to the next, whichever replica sends that one. */
export type Memory = {
  /** Of this message: a later one about the same rotation has a greater one. */
  readonly number: number;
  /** Throws `journal_unavailable`, as `keep` does. */
  recall(about: string): Promise<string | undefined>;
  keep(about: string, value: string): Promise<void>;
};

/**
 * Where people or systems hear of what happened. Promises:
 * - `send` resolves when the receiver has taken the event, with its answer in a few words, and may be called again with
 *   it; it ends within 30 s for each request that it takes;
 * - it throws `receiver_gone` where the receiver wants no more, `request_invalid` where it will never take this event,
 *   and whatever it throws is a `RotorError` without a secret in it;
 * - it stops when the signal aborts, or two seconds later where an answer that is lost would cost a repetition.
 */
export interface Notifier {
  /** Another one is another receiver; never the address itself, which may hold a secret. */
  readonly address: string;
  send(message: Message, signal: AbortSignal): Promise<string>;
}

/** For whoever posts in a form of the receiver's own. */
export type PostingDeps = {
  /** Read anew for each message: one that was replaced needs no restart. Throws `config_invalid`. */
  readonly secret: (reference: SecretRef) => Secret;
  readonly poster: (url: URL, limits: ReceiverLimits) => Poster;
};

/** By what names the receiver; of one that cannot be read, which is then no reason to take it for gone, none. */
export function addressOf(read: () => string): string {
  try {
    return createHash('sha256').update(read()).digest('hex').slice(0, 32);
  } catch {
    return 'unread';
  }
}
