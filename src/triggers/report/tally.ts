import type { Before, PastRun, Period } from '../../journal/archive.js';
import { starterIn } from '../../journal/starters.js';
import { iso } from '../../events/iso.js';
import { TokenSpans } from '../../rotation/schedule/spans.js';
import type { DuePolicy } from '../../rotation/schedule/policy.js';
import { replacedIn } from '../../rotation/replaced.js';
import { isOver, type Delivery, type DeliveryState } from '../../rotation/delivery.js';
import { leftBy, type Millis, type Run } from '../../rotation/run.js';
import { authGapOf } from '../../verification/auth-gap.js';
import { PutBacks } from './put-back.js';

export type Told = {
  readonly name: string;
  /** Null: the config does not declare it any more. */
  readonly labels: Readonly<Record<string, string>> | null;
  readonly due: DuePolicy | undefined;
  readonly isDriven: boolean;
};

type Outcome = 'succeeded' | 'partial' | 'failed' | 'cancelled' | 'underWay';

/** More of them would not tell more. */
const MOST_NAMED = 20;
/** Each is the word of somebody who may be asked. */
const MOST_SPOKEN = 50;

const UNCONVERGED = ['failed', 'skipped', 'needs_release'] as const;
type Unconverged = {
  readonly run: string;
  readonly target: string;
  readonly state: (typeof UNCONVERGED)[number];
};

/** That a target has the token, which nobody can look at, or that it is left out. */
type Spoken = {
  readonly run: string;
  readonly target: string;
  readonly said: 'has_the_token' | 'left_out';
  readonly by: string | null;
  readonly at: string | null;
  readonly reason: string;
};

/** What has become of one rotation in a period; a run is told to it once and let go of. */
export class Tally {
  readonly #outcomes: Record<Outcome, number> = {
    succeeded: 0,
    partial: 0,
    failed: 0,
    cancelled: 0,
    underWay: 0,
  };
  readonly #modes: Record<Run['mode'], number> = { rotate: 0, adopt: 0, rehearse: 0 };
  readonly #starters = new Map<string, number>();
  readonly #approvers = new Map<string, number>();
  readonly #deliveries = new Map<DeliveryState, number>();
  readonly #unconverged: Unconverged[] = [];
  readonly #spoken = { count: 0, named: [] as Spoken[] };
  readonly #needed = { stalled: 0, asked: 0, either: 0 };
  readonly #gaps = { measured: 0, notMeasured: 0 };
  #longestGap: { readonly ms: number; readonly resolutionMs: number; readonly run: string } | undefined;
  readonly #spans: TokenSpans;
  readonly #putBacks = new PutBacks();
  #current: string | undefined;

  constructor(
    private readonly told: Told,
    private readonly period: Period & { readonly now: Millis },
    before: Before | undefined,
  ) {
    const observed = { from: period.from, to: Math.min(period.to, period.now) };
    const since = (told.isDriven ? before?.settledAt : before?.rotatedAt) ?? before?.firstSeenAt;
    this.#spans = new TokenSpans(told.due, observed, since);
    if (before?.run && before.settledAt !== undefined) this.#leftCurrent(before.run, before.settledAt);
    if (before?.across) this.#settled(before.across.run, before.across.settledAt);
  }

  add({ run, settledAt, hasStalled, wasAsked }: PastRun): void {
    const { state, mode } = run;
    this.#outcomes[state.state === 'ended' ? state.outcome : 'underWay'] += 1;
    this.#modes[mode] += 1;
    count(this.#starters, starterIn(run));
    if (run.trigger.approved) count(this.#approvers, run.trigger.approved.by);
    this.#needed.stalled += Number(hasStalled);
    this.#needed.asked += Number(wasAsked);
    this.#needed.either += Number(hasStalled || wasAsked);
    if (settledAt !== undefined) {
      // A token that became current after the period is the next one's.
      if (settledAt < this.period.to) this.#settled(run, settledAt);
      this.#measured(run);
    }
    for (const own of run.deliveries.filter((one) => isOwn(one, run, settledAt))) {
      const { target, state: delivery } = own;
      count(this.#deliveries, delivery);
      const is = UNCONVERGED.find((one) => one === delivery);
      if (is && this.#unconverged.length < MOST_NAMED)
        this.#unconverged.push({ run: run.id, target, state: is });
      const spoken = spokenOf(own, run);
      if (!spoken) continue;
      this.#spoken.count += 1;
      if (this.#spoken.named.length < MOST_SPOKEN) this.#spoken.named.push(spoken);
    }
  }

  view() {
    const { name, labels, due, isDriven } = this.told;
    const { rotations, longest, overdue } = this.#spans.told();
    const of = (state: DeliveryState): number => this.#deliveries.get(state) ?? 0;
    const total = Object.values(this.#modes).reduce((sum, one) => sum + one, 0);
    return {
      rotation: name,
      labels: labels && { ...labels },
      maxAgeMs: due?.maxAgeMs ?? null,
      cron: due?.cron ?? null,
      drivenBy: isDriven ? ('aws' as const) : null,
      runs: { total, ...this.#outcomes },
      modes: { ...this.#modes },
      startedBy: mostFirst(this.#starters),
      approvedBy: mostFirst(this.#approvers),
      rotations,
      putBack: this.#putBacks.told(),
      longestToken: longest
        ? {
            ms: longest.to - longest.from,
            from: iso(longest.from),
            to: longest.isOpen ? null : iso(longest.to),
          }
        : null,
      overdue: overdue
        ? {
            ms: overdue.ms,
            count: overdue.count,
            spans: overdue.spans.map(({ from, to }) => ({ from: iso(from), to: iso(to) })),
          }
        : null,
      authGap: { longest: this.#longestGap ?? null, ...this.#gaps },
      // Rotor cannot see what agents send to a real APM Server.
      eventsLost: null,
      neededPerson: this.#needed.either,
      stalled: this.#needed.stalled,
      asked: this.#needed.asked,
      deliveries: {
        converged: of('converged'),
        assumed: of('assumed'),
        needsRelease: of('needs_release'),
        failed: of('failed'),
        skipped: of('skipped'),
        superseded: of('superseded'),
        underWay: of('waiting') + of('delivering') + of('observing'),
      },
      neverConverged: this.#unconverged,
      byWord: { count: this.#spoken.count, deliveries: this.#spoken.named },
    };
  }

  #settled(run: Run, at: Millis): void {
    const current = leftBy(run)?.fingerprint;
    // What AWS has rotated is adopted; any other adoption brings no new token of Rotor's.
    const hasBrought = this.told.isDriven ? current !== this.#current : run.mode === 'rotate';
    if (hasBrought && !replacedIn(run)) this.#spans.rotatedAt(at);
    this.#leftCurrent(run, at);
  }

  /** Of the token that the run has left current, whether in the period or before it. */
  #leftCurrent(run: Run, at: Millis): void {
    this.#current = leftBy(run)?.fingerprint;
    this.#putBacks.settled(run, at);
    this.#spans.bornAt(replacedIn(run)?.since, at);
  }

  #measured(run: Run): void {
    if (run.mode !== 'rotate') return;
    const gap = authGapOf(run);
    this.#gaps[gap ? 'measured' : 'notMeasured'] += 1;
    if (gap && gap.ms >= (this.#longestGap?.ms ?? 0)) this.#longestGap = { ...gap, run: run.id };
  }
}

/** Of targets that it is not for, a run keeps what the one before has made of them: that is over by then. */
function isOwn(delivery: Delivery, { only }: Run, settledAt: Millis | undefined): boolean {
  const { target, begunAt } = delivery;
  if (only?.includes(target) !== false || !isOver(delivery)) return true;
  return begunAt !== undefined && settledAt !== undefined && begunAt >= settledAt;
}

/** What was seen after all is no word any more. */
function spokenOf({ target, state, acknowledged, leftOut }: Delivery, { id }: Run): Spoken | undefined {
  const word = state === 'assumed' ? acknowledged : state === 'skipped' ? leftOut : undefined;
  if (!word) return undefined;
  const { by = null, at, reason } = word;
  const said = state === 'skipped' ? 'left_out' : 'has_the_token';
  return { run: id, target, said, by, at: at === undefined ? null : iso(at), reason };
}

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function mostFirst(counts: ReadonlyMap<string, number>): { by: string; runs: number }[] {
  return [...counts]
    .map(([by, runs]) => ({ by, runs }))
    .toSorted((one, other) => other.runs - one.runs || (one.by < other.by ? -1 : 1));
}
