import type { History, Journal } from '../journal/journal.js';
import type { Clock } from '../rotation/clock.js';
import { stallOf, type Millis } from '../rotation/run.js';
import { due, type Due } from '../rotation/schedule/due.js';
import { admitted, type Limits, type Load } from '../rotation/schedule/limits.js';
import type { DuePolicy } from '../rotation/schedule/policy.js';
import { gate } from './approvals/gate.js';
import type { ApprovalNeed } from './approvals/need.js';

const MINUTE_MS = 60_000;

export type DueNow = {
  /** Why each is due, and on which newest run that was decided. */
  readonly start: readonly (Found & { readonly approval?: { readonly id: string } })[];
  /** What may start once somebody has allowed it, and nobody has been asked yet. */
  readonly ask: readonly (Found & { readonly need: ApprovalNeed })[];
  /** For room. */
  readonly waiting: number;
};

type Found = { readonly name: string; readonly due: Due; readonly lastKnown: Millis | null };

type Scheduled = {
  readonly name: string;
  readonly upstream: string;
  readonly due: DuePolicy;
  readonly drivenBy?: 'aws';
  readonly approval?: ApprovalNeed;
};

type Candidate = {
  readonly name: string;
  readonly upstream: string;
  readonly policy: DuePolicy;
  readonly history: History;
  readonly need: ApprovalNeed | undefined;
};

/** Who of those that are due may start, by the room that their upstream has. */
export class Admission {
  /** Due, and without room; as the last look has found them. */
  #waiting: readonly Candidate[] = [];

  constructor(
    private readonly journal: Journal,
    private readonly clock: Clock,
  ) {}

  async look(declared: readonly Scheduled[], limits: Limits): Promise<DueNow> {
    const own = declared.filter(({ drivenBy }) => drivenBy === undefined);
    // In this order: a run that ends in between is in the histories, and its rotation is not due again for its sake.
    const active = await this.journal.active();
    const histories = await this.journal.histories(own.map(({ name }) => name));
    const candidates = own.flatMap(({ name, upstream, due: policy, approval: need }) => {
      const history = histories.get(name);
      return history ? [{ name, upstream, policy, history, need }] : [];
    });
    return this.#among(candidates, active, { declared, limits });
  }

  /**
   * Those that wait, as they were known: to read a thousand histories for the sake of one run that has ended takes
   * longer than a start. One that has had a run since then is refused as its run is opened.
   */
  async lookAgain(declared: readonly Scheduled[], limits: Limits): Promise<DueNow> {
    return this.#among(this.#waiting, await this.journal.active(), { declared, limits });
  }

  /** Of another config. */
  forget(): void {
    this.#waiting = [];
  }

  async #among(
    candidates: readonly Candidate[],
    active: ReadonlySet<string>,
    { declared, limits }: { readonly declared: readonly Scheduled[]; readonly limits: Limits },
  ): Promise<DueNow> {
    const now = this.clock.now();
    const found = candidates.flatMap((candidate) => {
      const { name, policy, history } = candidate;
      const because = !active.has(name) && due(policy, history, now);
      return because ? [{ ...candidate, due: because, lastKnown: history.lastAttempt ?? null }] : [];
    });
    // What waits for a person takes no room from what does not.
    const { ready, ask } = await gate(found, this.journal.approvals, now);
    // At rest, which is nearly always, nothing more is asked.
    const start =
      ready.length === 0 ? [] : admitted(ready, await this.#loadOf(declared, [...active]), limits);
    const names = new Set(start.map(({ name }) => name));
    this.#waiting = ready.filter(({ name }) => !names.has(name));
    return { start, ask, waiting: this.#waiting.length };
  }

  /** A run that is stalled may stay so for days: it keeps no other from starting. */
  async #loadOf(
    declared: readonly Scheduled[],
    active: readonly string[],
  ): Promise<(upstream: string) => Load> {
    const newest = await this.journal.newest(active);
    const started = await this.journal.startedSince(this.clock.now() - MINUTE_MS);
    const isStalled = (name: string): boolean => {
      const latest = newest.get(name)?.latest;
      return latest !== undefined && stallOf(latest.state) !== undefined;
    };
    const upstreams = new Map(declared.map(({ name, upstream }) => [name, upstream]));
    const underWay = perUpstream(
      active.filter((name) => !isStalled(name)),
      upstreams,
    );
    const startedLately = perUpstream(started, upstreams);
    return (upstream) => ({
      underWay: underWay.get(upstream) ?? 0,
      startedLately: startedLately.get(upstream) ?? 0,
    });
  }
}

function perUpstream(
  names: readonly string[],
  upstreams: ReadonlyMap<string, string>,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) {
    const upstream = upstreams.get(name);
    if (upstream !== undefined) counts.set(upstream, (counts.get(upstream) ?? 0) + 1);
  }
  return counts;
}
