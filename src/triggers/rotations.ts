import type { History, Journal, Newest, NewRun } from '../journal/journal.js';
import type { Clock } from '../rotation/clock.js';
import { due, standingOf, type Due, type Standing } from '../rotation/schedule/due.js';
import type { Hold } from '../rotation/schedule/holds.js';
import type { DuePolicy } from '../rotation/schedule/policy.js';
import { nextStart } from '../rotation/schedule/upcoming.js';
import { RotorError } from '../rotation/errors.js';
import type { Millis, Run, RunMode, Trigger } from '../rotation/run.js';
import { stallOf } from '../rotation/run.js';
import type { FoundDrift } from '../rotation/watch.js';
import { fingerprintsOf } from '../rotation/story.js';

/** One rotation of the config: when it is due, and what a run of it is made of. */
export type DeclaredRotation = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly due: DuePolicy;
  readonly template: Omit<NewRun, 'rotation' | 'mode' | 'trigger'>;
};

/** What every way to start a run shares. */
export class Rotations {
  constructor(
    private readonly declared: readonly DeclaredRotation[],
    private readonly journal: Journal,
    private readonly clock: Clock,
  ) {}

  /** Throws `not_found`, and `rotation_in_progress` with the id of the run that stands in the way. */
  async start(
    name: string,
    mode: RunMode,
    trigger: Trigger,
    known: Pick<NewRun, 'lastKnown'> = {},
  ): Promise<Run> {
    const rotation = this.#find(name);
    return this.journal.open({ ...rotation.template, rotation: name, mode, trigger, ...known });
  }

  /** Each rotation that is due now, why, and on which newest run that was decided. */
  async dueNow(): Promise<readonly { name: string; due: Due; lastKnown: Millis | null }[]> {
    const names = this.declared.map(({ name }) => name);
    const [histories, active] = [await this.journal.histories(names), await this.journal.active()];
    return this.declared.flatMap(({ name, due: policy }) => {
      const history = histories.get(name);
      const because = history && !active.has(name) && due(policy, history, this.clock.now());
      return because ? [{ name, due: because, lastKnown: history.lastAttempt ?? null }] : [];
    });
  }

  /** `driftOf` tells what the watch has found. */
  async list(driftOf: (rotation: string) => FoundDrift | undefined): Promise<readonly RotationView[]> {
    const names = this.declared.map(({ name }) => name);
    const [histories, newest] = [await this.journal.histories(names), await this.journal.newest(names)];
    return this.declared.flatMap((rotation) => {
      const history = histories.get(rotation.name);
      const known = { ...newest.get(rotation.name), drift: driftOf(rotation.name) };
      return history ? [viewOf(rotation, history, known, this.clock.now())] : [];
    });
  }

  #find(name: string): DeclaredRotation {
    const rotation = this.declared.find((one) => one.name === name);
    if (rotation) return rotation;
    const known = this.declared.map((one) => one.name).join(', ');
    throw new RotorError(
      'not_found',
      `there is no rotation ${JSON.stringify(name)}; the config declares ${known}`,
    );
  }
}

export type RotationView = ReturnType<typeof viewOf>;

type Known = Partial<Newest> & { readonly drift: FoundDrift | undefined };

function viewOf(
  { name, labels, due: policy }: DeclaredRotation,
  history: History,
  { latest, settled, drift }: Known,
  now: Millis,
) {
  const next = nextStart(policy, history, now);
  const standing = standingOf(policy, history, now);
  return {
    name,
    labels,
    state: stateOf(latest, standing, drift),
    held: standing?.hold ? heldOf(standing.hold) : null,
    drift: drift ? { ...drift, since: new Date(drift.since).toISOString() } : null,
    fingerprint: settled ? fingerprintsOf(settled).current : null,
    tokenSince: settled ? new Date(history.tokenSince).toISOString() : null,
    nextDueAt: next === undefined ? null : new Date(next).toISOString(),
    lastRun: latest ? { id: latest.id, ...summaryOf(latest) } : null,
  };
}

function heldOf({ by, until, reason }: Hold) {
  return { by, until: until === undefined ? null : new Date(until).toISOString(), reason: reason ?? null };
}

function stateOf(
  latest: Run | undefined,
  standing: Standing | undefined,
  drift: FoundDrift | undefined,
): string {
  if (latest && latest.state.state !== 'ended') return stallOf(latest.state) ? 'stalled' : 'rotating';
  if (drift) return 'drifted';
  if (standing?.due.because === 'too_old') return 'overdue';
  if (latest?.state.state === 'ended' && latest.state.outcome === 'failed') return 'failed';
  if (latest?.state.state === 'ended' && latest.state.outcome === 'partial') return 'degraded';
  if (standing) return 'due';
  return latest ? 'fresh' : 'new';
}

function summaryOf({ state, mode, startedAt }: Run) {
  const ended = state.state === 'ended' ? state : undefined;
  return {
    mode,
    state: state.state,
    outcome: ended?.outcome ?? null,
    detail: ended?.detail ?? stallOf(state)?.detail ?? null,
    startedAt: new Date(startedAt).toISOString(),
  };
}
