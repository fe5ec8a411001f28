import { cloudEvent, newEventId } from '../events/cloud-event.js';
import { NOTIFIER_TEST, type NotifierTest } from '../events/test-schema.js';
import type { Clock } from '../rotation/clock.js';
import { asRotorError, RotorError } from '../rotation/errors.js';
import type { Notifier } from './notifier.js';

export type Tested = {
  readonly notifier: string;
  readonly eventId: string;
  /** In milliseconds, from the look-up of its name to the answer. */
  readonly durationMs: number;
  /** What the receiver has answered who took it, or why it was not taken. */
  readonly result: { readonly answer: string } | { readonly problem: RotorError };
};

export type TesterDeps = {
  readonly notifiers: ReadonlyMap<string, { readonly notifier: Notifier; readonly source: string }>;
  readonly clock: Clock;
};

/** Sends an event that says nothing, as every event is sent, but at once and one time. */
export class NotifierTester {
  #notifiers: TesterDeps['notifiers'];

  constructor(private readonly deps: TesterDeps) {
    this.#notifiers = deps.notifiers;
  }

  use(notifiers: TesterDeps['notifiers']): void {
    this.#notifiers = notifiers;
  }

  /** Throws `not_found`; what the receiver does not take is no fault of the test. */
  async test(name: string, by: string, signal: AbortSignal): Promise<Tested> {
    const { clock } = this.deps;
    const notifiers = this.#notifiers;
    const tested = notifiers.get(name);
    if (!tested) {
      const known = [...notifiers.keys()].join(', ') || 'none';
      throw new RotorError(
        'not_found',
        `there is no notifier ${JSON.stringify(name)}; the config declares ${known}`,
      );
    }
    const { notifier, source } = tested;
    const at = clock.now();
    const id = newEventId(at);
    const data: NotifierTest = { notifier: name, by };
    const event = cloudEvent({ id, source, name: NOTIFIER_TEST, rotation: name, at, data });
    const began = clock.monotonic();
    const result = await notifier
      .send({ id, body: JSON.stringify(event) }, signal)
      .then((answer) => ({ answer }))
      .catch((error: unknown) => ({ problem: asRotorError(error) }));
    return { notifier: name, eventId: id, durationMs: Math.round(clock.monotonic() - began), result };
  }
}
