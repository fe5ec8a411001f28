import type { Change, Claim } from '../journal/journal.js';
import type { Clock } from '../rotation/clock.js';
import type { Millis, Run } from '../rotation/run.js';
import { brokeIn, stepNameOf } from '../rotation/story.js';
import type { JournalListener } from './journal-listener.js';
import type { Meters } from './meters.js';

type Step = { readonly name: string; readonly since: Millis };

/** What the work of this process on runs amounts to. */
export class RunCounters implements JournalListener {
  /** Of the runs that this process works on: one that it gives back may go on elsewhere. */
  readonly #steps = new Map<string, Step>();

  /** `targetType` tells of which type a target of the run is. */
  constructor(
    private readonly meters: Meters,
    private readonly clock: Clock,
    private readonly targetType: (run: Run, target: string) => string,
  ) {}

  changed(run: Run, { state }: Change, { epoch }: Claim): void {
    if (!state) return;
    this.#countStep(run, state.state === 'ended' ? undefined : stepNameOf(state), epoch);
    if (state.state !== 'ended') return;
    const { outcome } = state;
    const trigger = run.trigger.kind;
    this.meters.count('runs', { rotation: run.rotation, trigger, outcome });
    const ms = (run.endedAt ?? this.clock.now()) - run.startedAt;
    this.meters.observe('runDuration', { trigger, outcome }, ms / 1_000);
    for (const { target, state: became } of run.deliveries)
      this.meters.count('deliveries', { target_type: this.targetType(run, target), outcome: became });
  }

  released({ runId }: Claim): void {
    this.#steps.delete(runId);
  }

  /** `next` is absent where the run ends. */
  #countStep(run: Run, next: string | undefined, epoch: number): void {
    const now = this.clock.now();
    // Nobody has worked on it before: its first step began with it.
    const first = epoch === 1 ? { name: 'prepare', since: run.startedAt } : undefined;
    const step = this.#steps.get(run.id) ?? first;
    const ends = run.state.state === 'ended';
    if (!ends && (next === undefined || step?.name === next)) {
      if (step) this.#steps.set(run.id, step);
      return;
    }
    if (step) {
      const outcome = brokeIn(run, step.name) ? 'failed' : 'done';
      this.meters.observe(
        'stepDuration',
        { step: step.name, outcome },
        Math.max(0, now - step.since) / 1_000,
      );
    }
    if (next === undefined) this.#steps.delete(run.id);
    else this.#steps.set(run.id, { name: next, since: now });
  }
}
