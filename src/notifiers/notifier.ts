/** One event on its way, the same bytes on every try. */
export type Message = {
  /** Of the event. */
  readonly id: string;
  /** A CloudEvent, structured. */
  readonly body: string;
};

/**
 * Where people or systems hear of what happened. Promises:
 * - `send` resolves when the receiver has taken the event, with its answer in a few words, and may be called again with
 *   it; it ends within 30 s;
 * - it throws `receiver_gone` where the receiver wants no more, and whatever it throws is a `RotorError` without a
 *   secret in it;
 * - it stops when the signal aborts.
 */
export interface Notifier {
  /** Another one is another receiver; never the address itself, which may hold a secret. */
  readonly address: string;
  send(message: Message, signal: AbortSignal): Promise<string>;
}
