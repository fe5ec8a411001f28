import type { Asked } from '../journal/approvals.js';
import type { History, Journal } from '../journal/journal.js';
import type { Clock } from '../rotation/clock.js';
import type { DeliveryState } from '../rotation/delivery.js';
import { asRotorError } from '../rotation/errors.js';
import { holdsLock, stallOf, type Millis } from '../rotation/run.js';
import { activePause } from '../rotation/schedule/holds.js';
import { nextStart } from '../rotation/schedule/upcoming.js';
import { actsFrom } from '../triggers/approvals/gate.js';
import type { DeclaredRotation } from '../triggers/rotations.js';
import { authGapOf } from '../verification/auth-gap.js';
import type { GaugeKey, Meters, Sample } from './meters.js';
import { PlannedStarts } from './planned-starts.js';
import { StandingRuns, type Standing } from './standing-runs.js';

type Declared = Pick<DeclaredRotation, 'name' | 'due' | 'approval'>;
type Known = {
  readonly declared: Declared;
  readonly history: History;
  readonly standing: Standing;
  readonly planned: Millis | undefined;
  readonly asked: Asked | undefined;
};
type Value = (known: Known, now: Millis) => { readonly value: number; readonly labels?: object } | undefined;

/** Of one rotation; undefined where there is nothing to show. */
const VALUES = {
  tokenIssued: ({ history }) => ({ value: history.tokenSince / 1_000 }),
  tokenMaxAge: ({ declared: { due } }) =>
    due.maxAgeMs === undefined ? undefined : { value: due.maxAgeMs / 1_000 },
  nextDue: ({ declared: { due, approval }, history, asked, planned, standing: { latest } }) => {
    const isOnItsWay = latest !== undefined && holdsLock(latest.state);
    const from = approval ? actsFrom(asked) : 0;
    if (isOnItsWay || planned === undefined || from === undefined) return undefined;
    const next = from > planned ? nextStart(due, history, from) : planned;
    return next === undefined ? undefined : { value: next / 1_000 };
  },
  paused: ({ history }, now) => ({ value: activePause(history, now) ? 1 : 0 }),
  approvalsPending: ({ declared: { approval }, asked }, now) =>
    approval && { value: asked?.pending && now < asked.pending.expiresAt ? 1 : 0 },
  lastSuccess: ({ standing: { succeeded } }) =>
    succeeded?.endedAt === undefined ? undefined : { value: succeeded.endedAt / 1_000 },
  lastOutcome: ({ standing: { ended } }) =>
    ended?.run.state.state === 'ended'
      ? { value: 1, labels: { outcome: ended.run.state.outcome, step: ended.lastStep } }
      : undefined,
  stalledSince: ({ standing: { latest } }) => {
    const stalled = latest && stallOf(latest.state);
    return stalled && { value: stalled.since / 1_000, labels: { reason: stalled.reason } };
  },
  deliveriesPausedSince: ({ standing: { settled } }) =>
    settled?.paused && { value: settled.paused.since / 1_000 },
  targetsPending: ({ standing: { settled } }) =>
    settled && {
      value: settled.deliveries.filter(({ state }) => !HAS_TOKEN.has(state)).length,
    },
  authGap: ({ standing: { settled } }) => {
    const gap = settled && authGapOf(settled);
    return gap ? { value: gap.ms / 1_000 } : undefined;
  },
} as const satisfies Partial<Record<GaugeKey, Value>>;

/** As far as anybody can tell. */
const HAS_TOKEN: ReadonlySet<DeliveryState> = new Set(['converged', 'assumed', 'superseded']);

const KEYS = Object.keys(VALUES) as (keyof typeof VALUES)[];

export type RotationGaugesDeps = {
  readonly declared: readonly Declared[];
  readonly journal: Pick<Journal, 'histories' | 'landmarks' | 'runs' | 'entries' | 'waiting' | 'approvals'>;
  readonly clock: Clock;
};

/** What the journal says of every rotation, so that it does not matter which replica is asked. */
export class RotationGauges {
  readonly #runs: StandingRuns;
  readonly #starts: PlannedStarts;
  #declared: readonly Declared[];

  constructor(
    private readonly meters: Meters,
    private readonly deps: RotationGaugesDeps,
  ) {
    this.#runs = new StandingRuns(deps.journal);
    this.#declared = deps.declared;
    this.#starts = new PlannedStarts(deps.declared);
  }

  use(declared: readonly Declared[]): void {
    this.#declared = declared;
    this.#starts.use(declared);
  }

  /** Where the journal cannot be read they show nothing, rather than what was true some time ago. */
  async refresh(): Promise<void> {
    try {
      await this.#refresh();
    } catch (error) {
      if (asRotorError(error).code !== 'journal_unavailable') throw error;
      for (const key of [...KEYS, 'queueDepth'] as const) this.meters.show(key, []);
    }
  }

  async #refresh(): Promise<void> {
    const { journal, clock } = this.deps;
    const declared = this.#declared;
    const names = declared.map(({ name }) => name);
    const histories = await journal.histories(names);
    const standings = await this.#runs.read(names);
    const waiting = await journal.waiting();
    const asked = await journal.approvals.asked(
      declared.flatMap(({ name, approval }) => (approval ? [name] : [])),
    );
    const plannedFor = await this.#starts.read(histories);
    const known = declared.flatMap((one) => {
      const history = histories.get(one.name);
      const standing = standings.get(one.name) ?? {};
      const planned = plannedFor(one.name);
      if (!history) return [];
      return [{ declared: one, history, standing, planned, asked: asked.get(one.name) }];
    });
    // All at once: another scrape sees the whole of this one or nothing of it.
    for (const key of KEYS) this.meters.show(key, samplesOf(key, known, clock.now()));
    this.meters.show('queueDepth', [{ labels: {}, value: waiting }]);
  }
}

function samplesOf(key: keyof typeof VALUES, known: readonly Known[], now: Millis): Sample[] {
  const valueOf: Value = VALUES[key];
  return known.flatMap((one) => {
    const found = valueOf(one, now);
    if (!found) return [];
    const labels = { rotation: one.declared.name, ...found.labels } as Sample['labels'];
    return [{ labels, value: found.value }];
  });
}
