import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Logger } from 'pino';
import { Meters } from '../telemetry/meters.js';
import type { Clock } from '../rotation/clock.js';
import { asRotorError, type RotorError } from '../rotation/errors.js';
import type { Millis } from '../rotation/run.js';
import { CLOCK, LOG } from '../tokens.js';
import { Rotations } from './rotations.js';

const TICK_MS = 5_000;
/** Runs of a few seconds, one after the other, would leave a third of an upstream's room empty between two ticks. */
const WAITING_MS = 500;

type Found = Awaited<ReturnType<Rotations['dueNow']>>;

/** Starts what is due. A tick that is missed needs no catching up: the next one sees the same history. */
@Injectable()
export class ScheduleTrigger implements BeforeApplicationShutdown {
  #ticking = false;
  #soon: NodeJS.Timeout | undefined;
  #isStopping = false;
  #lastTick: { readonly at: Millis; readonly monotonic: number } | undefined;
  #lastFault: RotorError | undefined;

  constructor(
    @Inject(Rotations) private readonly rotations: Rotations,
    @Inject(LOG) private readonly log: Logger,
    @Inject(Meters) private readonly meters: Meters,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Interval('due', TICK_MS)
  async tick(): Promise<void> {
    if (this.#ticking) return;
    this.#ticking = true;
    try {
      await this.#startAll(await this.rotations.dueNow());
      // Only now: a schedule that cannot be read has not ticked.
      const at = this.clock.now();
      this.#lastTick = { at, monotonic: this.clock.monotonic() };
      this.#lastFault = undefined;
      this.meters.show('lastTick', [{ labels: {}, value: at / 1_000 }]);
    } catch (error) {
      this.#lastFault = asRotorError(error);
      // Nest would only log a throw of its own accord; a schedule that cannot be read must be seen.
      const fields = { event: { action: 'schedule.failed' }, err: this.#lastFault };
      this.log.error(fields, 'the schedule could not be read');
    } finally {
      this.#ticking = false;
    }
  }

  /** When the schedule was last read by this process and what was due was started. */
  get lastTickAt(): Millis | undefined {
    return this.#lastTick?.at;
  }

  /** The same moment by the clock that nobody sets. */
  get lastTickMonotonic(): number | undefined {
    return this.#lastTick?.monotonic;
  }

  /** Why the last tick did not come to its end; absent where it did. */
  get lastFault(): RotorError | undefined {
    return this.#lastFault;
  }

  beforeApplicationShutdown(): void {
    this.#isStopping = true;
    clearTimeout(this.#soon);
  }

  /** A fault is left to the next tick, which meets it too. */
  async #fill(): Promise<void> {
    if (this.#ticking) return;
    this.#ticking = true;
    try {
      await this.#startAll(await this.rotations.roomForWaiting());
    } catch {
      return;
    } finally {
      this.#ticking = false;
    }
  }

  async #startAll({ start, waiting }: Found): Promise<void> {
    for (const found of start) await this.#start(found);
    clearTimeout(this.#soon);
    if (waiting === 0 || this.#isStopping) return;
    this.#soon = setTimeout(() => void this.#fill(), WAITING_MS).unref();
  }

  async #start({ name, due, lastKnown }: Found['start'][number]): Promise<void> {
    try {
      const trigger = { kind: 'schedule', reason: due.because } as const;
      await this.rotations.start(name, 'rotate', trigger, { lastKnown });
    } catch (error) {
      const fault = asRotorError(error);
      // Another rotation works on the same resource, or another replica was quicker: the next tick looks again.
      if (fault.code === 'rotation_in_progress') return;
      const fields = { event: { action: 'schedule.failed' }, labels: { rotation: name }, err: fault };
      this.log.error(fields, 'a rotation that is due could not be started');
    }
  }
}
