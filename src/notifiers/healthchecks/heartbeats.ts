import type { Clock } from '../../rotation/clock.js';
import { asRotorError, type RotorError } from '../../rotation/errors.js';
import type { Millis } from '../../rotation/run.js';
import type { Ping, Pinger } from './pinger.js';

export type Heartbeat = { readonly ping: Pinger; readonly everyMs: number };

/** By the name of their notifier. */
export type Checks = ReadonlyMap<string, Heartbeat>;

export type HeartbeatsDeps = {
  readonly clock: Clock;
  readonly observer: {
    sent(notifier: string): void;
    failed(notifier: string, error: RotorError): void;
  };
};

/**
 * Says to others that the schedule is read, so that they notice when nobody says so any more. Nothing is kept for later:
 * a ping that is late says nothing that the next one does not.
 */
export class Heartbeats {
  readonly #stop = new AbortController();
  /** Of each the last one that arrived; by the clock that nobody sets. */
  readonly #pinged = new Map<string, { readonly ping: Ping; readonly atMonotonic: Millis }>();
  readonly #underWay = new Map<string, Promise<void>>();

  constructor(
    private checks: Checks,
    private readonly deps: HeartbeatsDeps,
  ) {}

  /** From the next beat on; one that is under way ends as it began. */
  use(checks: Checks): void {
    this.checks = checks;
  }

  /** Pings each check whose turn it is, which it is at once where it has heard otherwise; waits for none of them. */
  beat(ping: Exclude<Ping, 'log'>, said: string): void {
    for (const [name, check] of this.checks)
      if (this.#isTurnOf(name, check, ping)) this.#begin(name, check, ping, said);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#underWay.values());
  }

  #isTurnOf(name: string, { everyMs }: Heartbeat, ping: Ping): boolean {
    if (this.#stop.signal.aborted || this.#underWay.has(name)) return false;
    const before = this.#pinged.get(name);
    return before?.ping !== ping || this.deps.clock.monotonic() - before.atMonotonic >= everyMs;
  }

  #begin(name: string, check: Heartbeat, ping: Ping, said: string): void {
    const pinged = this.#ping(name, check, ping, said).finally(() => this.#underWay.delete(name));
    this.#underWay.set(name, pinged);
  }

  async #ping(name: string, check: Heartbeat, ping: Ping, said: string): Promise<void> {
    const { clock, observer } = this.deps;
    const atMonotonic = clock.monotonic();
    try {
      await check.ping(ping, said, this.#stop.signal);
      // One that failed is tried again with the next beat.
      this.#pinged.set(name, { ping, atMonotonic });
      observer.sent(name);
    } catch (error) {
      if (!this.#stop.signal.aborted) observer.failed(name, asRotorError(error));
    }
  }
}
