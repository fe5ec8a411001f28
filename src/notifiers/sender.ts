import type { ClaimedNotification, FailedTry, Notifications } from '../journal/notifications.js';
import { backoffMs } from '../rotation/backoff.js';
import type { Clock } from '../rotation/clock.js';
import { asRotorError, type RotorError } from '../rotation/errors.js';
import { Stop } from '../rotation/stop.js';
import type { Notifier } from './notifier.js';

const LOOK_AGAIN_MS = 1_000;
const REST_MS = 2_000;
/** However many requests a try takes: it is over before its lease is, and nobody else sends the same meanwhile. */
const TRY_MS = 45_000;
/** Of one notifier: a receiver that is slow keeps neither another one nor a run waiting. */
export const SENDS_AT_ONCE = 4;
const AGAIN = { baseMs: 5_000, capMs: 60 * 60_000 };
/** So long an event is tried before it is given up. */
export const GIVEN_UP_AFTER_MS = 3 * 24 * 60 * 60_000;
const TIDIED_EVERY_MS = 60 * 60_000;

export type SenderDeps = {
  readonly notifications: Pick<Notifications, 'claim' | 'sent' | 'failed' | 'recall' | 'keep' | 'buryOthers'>;
  readonly notifiers: ReadonlyMap<string, Notifier>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly observer: {
    sent(notifier: string): void;
    failing(notifier: string, event: string, error: RotorError, tries: number): void;
    gaveUp(notifier: string, event: string, problem: string): void;
    crashed(error: RotorError): void;
  };
};

/** Sends what the outbox holds, beside the runs and at a pace of its own. */
export class Sender {
  readonly #stop = new AbortController();
  #loops: readonly Promise<void>[] = [];
  #tidyAt = 0;

  constructor(private readonly deps: SenderDeps) {}

  start(): void {
    this.#loops = [...this.deps.notifiers].map(async ([name, notifier]) => this.#serve(name, notifier));
  }

  /** Gives back what is under way: it is sent again, by whoever comes next. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#loops);
  }

  async #serve(name: string, notifier: Notifier): Promise<void> {
    const underWay = new Set<Promise<void>>();
    const begin = (claim: ClaimedNotification): void => {
      const sending = this.#try(name, notifier, claim)
        .catch((error: unknown) => this.deps.observer.crashed(asRotorError(error)))
        .finally(() => underWay.delete(sending));
      underWay.add(sending);
    };
    while (!this.#stop.signal.aborted) {
      if (underWay.size >= SENDS_AT_ONCE) {
        await Promise.race(underWay);
        continue;
      }
      try {
        const claim = await this.deps.notifications.claim(name, notifier.address);
        if (claim) begin(claim);
        else await this.#idle();
      } catch (error) {
        this.deps.observer.crashed(asRotorError(error));
        await this.#rest(REST_MS);
      }
    }
    await Promise.all(underWay);
  }

  async #try(name: string, notifier: Notifier, claim: ClaimedNotification): Promise<void> {
    const { notifications } = this.deps;
    if (claim.isGone)
      return this.#giveUp(name, claim, { problem: 'the receiver has said that it wants no more' });
    try {
      const { event: id, body, number } = claim;
      const memory = {
        number,
        recall: async (about: string) => notifications.recall(name, about),
        keep: async (about: string, value: string) => notifications.keep(claim, about, value),
      };
      using stop = new Stop([this.#stop.signal], TRY_MS);
      await notifier.send({ id, body, memory }, stop.signal);
    } catch (error) {
      return this.#failed(name, notifier, claim, asRotorError(error));
    }
    await notifications.sent(claim);
    this.deps.observer.sent(name);
  }

  async #failed(
    name: string,
    { address }: Notifier,
    claim: ClaimedNotification,
    error: RotorError,
  ): Promise<void> {
    const { notifications, observer, random } = this.deps;
    const problem = error.message;
    if (this.#stop.signal.aborted) return notifications.failed(claim, { problem, againInMs: 0 });
    if (error.code === 'receiver_gone') return this.#giveUp(name, claim, { problem, goneAt: address });
    if (error.code === 'request_invalid') return this.#giveUp(name, claim, { problem });
    const tries = claim.tries + 1;
    const againInMs = Math.max(backoffMs(tries, AGAIN, random), error.retryAfterMs ?? 0);
    if (claim.ageMs + againInMs > GIVEN_UP_AFTER_MS) return this.#giveUp(name, claim, { problem });
    await notifications.failed(claim, { problem, againInMs });
    observer.failing(name, claim.event, error, tries);
  }

  async #giveUp(name: string, claim: ClaimedNotification, failed: FailedTry): Promise<void> {
    await this.deps.notifications.failed(claim, failed);
    this.deps.observer.gaveUp(name, claim.event, failed.problem);
  }

  async #idle(): Promise<void> {
    const { clock, notifications, notifiers } = this.deps;
    if (clock.now() >= this.#tidyAt) {
      this.#tidyAt = clock.now() + TIDIED_EVERY_MS;
      await notifications.buryOthers([...notifiers.keys()], GIVEN_UP_AFTER_MS);
    }
    await this.#rest(LOOK_AGAIN_MS);
  }

  async #rest(ms: number): Promise<void> {
    await this.deps.clock.sleep(ms, this.#stop.signal).catch(() => undefined);
  }
}
