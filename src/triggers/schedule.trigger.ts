import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Logger } from 'pino';
import type { Journal } from '../journal/journal.js';
import { Meters } from '../telemetry/meters.js';
import type { Clock } from '../rotation/clock.js';
import { asRotorError, type Code, type RotorError } from '../rotation/errors.js';
import type { Millis } from '../rotation/run.js';
import { CLOCK, JOURNAL, LOG } from '../tokens.js';
import { Rotations } from './rotations.js';

const TICK_MS = 5_000;
/** Runs of a few seconds, one after the other, would leave a third of an upstream's room empty between two ticks. */
const WAITING_MS = 500;

/** Who asks where nobody does; no caller of the API is called so. */
const SCHEDULE = { id: 'schedule', name: 'schedule' } as const;

const QUICKER: ReadonlySet<Code> = new Set(['rotation_in_progress', 'approval_pending', 'approval_ended']);

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
    @Inject(JOURNAL) private readonly journal: Pick<Journal, 'approvals'>,
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

  async #startAll({ start, ask, waiting }: Found): Promise<void> {
    for (const found of ask) await this.#ask(found);
    for (const found of start) await this.#start(found);
    clearTimeout(this.#soon);
    if (waiting === 0 || this.#isStopping) return;
    this.#soon = setTimeout(() => void this.#fill(), WAITING_MS).unref();
  }

  async #start({ name, due, lastKnown, approval }: Found['start'][number]): Promise<void> {
    const trigger = { kind: 'schedule', reason: due.because } as const;
    await this.#try(name, async () =>
      this.rotations.start(name, 'rotate', trigger, { lastKnown, ...(approval && { approval }) }),
    );
  }

  async #ask({ name, due, lastKnown, need }: Found['ask'][number]): Promise<void> {
    await this.#try(name, async () =>
      this.journal.approvals.ask({
        rotation: name,
        trigger: 'schedule',
        by: SCHEDULE,
        reason: `due (${due.because})`,
        expiresAt: this.clock.now() + need.expiresMs,
        lastKnown,
      }),
    );
  }

  async #try(name: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const fault = asRotorError(error);
      // Another rotation works on the same resource, or another replica was quicker: the next tick looks again.
      if (QUICKER.has(fault.code)) return;
      const fields = { event: { action: 'schedule.failed' }, labels: { rotation: name }, err: fault };
      this.log.error(fields, 'a rotation that is due could not be started');
    }
  }
}
