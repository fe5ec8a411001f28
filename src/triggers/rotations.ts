import type { Approval, Asked } from '../journal/approvals.js';
import type { History, Journal, NewRun, StartRequest } from '../journal/journal.js';
import type { Clock } from '../rotation/clock.js';
import { skippedInEmergency, withoutWaves } from '../rotation/emergency.js';
import type { RotorError } from '../rotation/errors.js';
import type { Millis, Run, RunMode, Trigger } from '../rotation/run.js';
import type { HeldBack } from '../events/happened.js';
import { standingOf } from '../rotation/schedule/due.js';
import { nextStarts } from '../rotation/schedule/upcoming.js';
import type { PlannedRotation } from './links/calendar.js';
import type { Limits } from '../rotation/schedule/limits.js';
import type { DuePolicy } from '../rotation/schedule/policy.js';
import type { FoundDrift } from '../rotation/watch.js';
import { approvalRequired, SKIPPED, type ApprovalNeed } from './approvals/need.js';
import { startsFrom } from './approvals/standing.js';
import { Admission, type DueNow } from './admission.js';
import { assertTargets, refusalOf, refuseInPause, refuseWhereDriven, unknownRotation } from './refusals.js';
import { detailOf, viewOf, type RotationDetail, type RotationView } from './rotation-view.js';

/** As many of one as a calendar shows. */
const PLANNED_STARTS = 10;

/** One rotation of the config: when it is due, and what a run of it is made of. */
export type DeclaredRotation = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly due: DuePolicy;
  /** Whose own rotation alone asks for a new token; what is in force is adopted and delivered as ever. */
  readonly drivenBy?: 'aws';
  /** Absent: a new token needs nobody's approval. */
  readonly approval?: ApprovalNeed;
  /** Host that its runs ask; the limits of the schedule are kept for each. */
  readonly upstream: string;
  /** `wave`: in which its turn comes, from 1 on. */
  readonly targets: readonly { readonly name: string; readonly type: string; readonly wave: number }[];
  /** What the config says that a run depends on, as JSON; two that are the same make the same run. */
  readonly basis: unknown;
  readonly template: Omit<NewRun, 'rotation' | 'mode' | 'trigger'>;
};

/** `emergency`: a rotation that waits for nothing. */
export type StartMode = RunMode | 'emergency';

/** What every way to start a run shares. */
export class Rotations {
  readonly #admission: Admission;

  constructor(
    private declared: readonly DeclaredRotation[],
    private readonly journal: Journal,
    private readonly clock: Clock,
    private limits: Limits,
  ) {
    this.#admission = new Admission(journal, clock);
  }

  get names(): readonly string[] {
    return this.declared.map(({ name }) => name);
  }

  /** From now on these. A run that is under way goes on as it was frozen. */
  use(declared: readonly DeclaredRotation[], limits: Limits): void {
    this.declared = declared;
    this.limits = limits;
    this.#admission.forget();
  }

  /**
   * Returns the run that the same request has started before, where it has. Throws `not_found`, `rotation_in_progress`
   * with the id of the run that stands in the way, and where a new token is asked for `paused` in a pause, unless it is
   * an emergency, `approval_required` where it needs one that is not given, with the one that is pending, and
   * `not_possible` for a rotation that AWS drives; to store and deliver the one in force is always possible.
   */
  async start(
    name: string,
    mode: StartMode,
    trigger: Trigger,
    known: Pick<NewRun, 'lastKnown' | 'request' | 'planned' | 'only' | 'acked' | 'approval'> = {},
  ): Promise<Run> {
    const rotation = this.#find(name);
    const before = await this.startedBy(known.request);
    if (before) return before;
    assertTargets(rotation, known.only ?? []);
    if (mode === 'emergency') return this.#startAtOnce(rotation, trigger, known);
    if (mode === 'rotate') {
      refuseWhereDriven(rotation);
      refuseInPause(name, await this.#historyOf(name), this.clock.now());
      if (rotation.approval && !known.approval) throw approvalRequired(name, await this.#pendingOf(name));
    }
    return this.journal.open({ ...rotation.template, rotation: name, mode, trigger, ...known });
  }

  /** A pause stays, for the runs after this one. */
  async #startAtOnce(
    rotation: DeclaredRotation,
    trigger: Trigger,
    known: Pick<NewRun, 'lastKnown' | 'request' | 'planned'>,
  ): Promise<Run> {
    refuseWhereDriven(rotation);
    const { name, template, due: policy, approval } = rotation;
    const schedule = { policy, history: await this.#historyOf(name) };
    const emergency = [
      ...(approval ? [SKIPPED] : []),
      ...skippedInEmergency(template.policy, schedule, this.clock.now()),
    ];
    return this.journal.open({
      ...template,
      policy: withoutWaves(template.policy),
      rotation: name,
      mode: 'rotate',
      trigger: { ...trigger, emergency },
      ...known,
    });
  }

  /** What `start` would refuse now, whatever the world is like; see there. Throws `not_found`. */
  async refusalOf(name: string, mode: 'rotate' | 'emergency'): Promise<RotorError | undefined> {
    const rotation = this.#find(name);
    const known = (await this.journal.known([name])).get(name) ?? nothingTold(name);
    return refusalOf(rotation, known, mode, this.clock.now());
  }

  /** Each rotation that may start now by schedule, and those that only wait until their upstream has room. */
  async dueNow(): Promise<DueNow> {
    return this.#admission.look(this.declared, this.limits);
  }

  /** The same of those that wait, without a look at all others. */
  async roomForWaiting(): Promise<DueNow> {
    return this.#admission.lookAgain(this.declared, this.limits);
  }

  /** Those whose token is due by its age and whose run may not start yet, for a reason that does not pass by itself soon. */
  async heldBack(): Promise<readonly ({ readonly name: string } & HeldBack)[]> {
    const own = this.declared.filter(
      ({ drivenBy, due: { maxAgeMs } }) => drivenBy === undefined && maxAgeMs !== undefined,
    );
    const active = await this.journal.active();
    const histories = await this.journal.histories(own.map(({ name }) => name));
    return own.flatMap(({ name, due: policy }) => {
      const history = histories.get(name);
      const standing = history && !active.has(name) && standingOf(policy, history, this.clock.now());
      // What is too old is told of as that.
      if (!standing || !standing.hold || standing.due.because !== 'near_expiry') return [];
      const { due: one, hold } = standing;
      const { by } = hold;
      if (by === 'jitter' || by === 'back_off') return [];
      return [{ name, tokenSince: history.tokenSince, dueSince: one.since, held: { ...hold, by } }];
    });
  }

  /** When the runs of these start by schedule if nothing else happens; of one that others drive nobody knows. */
  async planned(wanted: readonly string[]): Promise<readonly PlannedRotation[]> {
    const among = new Set(wanted);
    const own = this.declared.filter(({ name, drivenBy }) => drivenBy === undefined && among.has(name));
    const histories = await this.journal.histories(own.map(({ name }) => name));
    const asked = await this.#askedOf(own);
    return own.flatMap(({ name, due: policy, approval }) => {
      const history = histories.get(name);
      if (!history) return [];
      const now = this.clock.now();
      const from = startsFrom(approval, asked.get(name), now);
      const starts = from === undefined ? [] : nextStarts(policy, history, from, PLANNED_STARTS);
      return [{ name, plannedAt: history.tokenSince, starts: starts.filter((start) => start > now) }];
    });
  }

  /** Those whose token is older than its policy allows. */
  async overdue(): Promise<readonly { name: string; tokenSince: Millis; maxAgeMs: number }[]> {
    const limited = this.declared.flatMap(({ name, due: { maxAgeMs } }) =>
      maxAgeMs === undefined ? [] : [{ name, maxAgeMs }],
    );
    const histories = await this.journal.histories(limited.map(({ name }) => name));
    const now = this.clock.now();
    return limited.flatMap(({ name, maxAgeMs }) => {
      const { tokenSince = now } = histories.get(name) ?? {};
      return now >= tokenSince + maxAgeMs ? [{ name, tokenSince, maxAgeMs }] : [];
    });
  }

  /** Undefined: a new token needs nobody's approval. Throws `not_found`. */
  approvalNeedOf(name: string): ApprovalNeed | undefined {
    return this.#find(name).approval;
  }

  /** Throws `not_found`. */
  targetsOf(name: string): DeclaredRotation['targets'] {
    return this.#find(name).targets;
  }

  /** What a run of it depends on in the config; throws `not_found`. */
  basisOf(name: string): unknown {
    return this.#find(name).basis;
  }

  /** The run that the same request has started before. */
  async startedBy(request: StartRequest | undefined): Promise<Run | undefined> {
    return request && this.journal.openedBy(request);
  }

  /** Those whose labels are as wanted. */
  namesWhere(isWanted: (labels: Readonly<Record<string, string>>) => boolean): string[] {
    return this.declared.flatMap(({ name, labels }) => (isWanted(labels) ? [name] : []));
  }

  /** Undefined where the config declares no such rotation. */
  labelsOf(name: string): Readonly<Record<string, string>> | undefined {
    return this.declared.find((one) => one.name === name)?.labels;
  }

  /** In the order of the config; `driftOf` tells what the watch has found. Without `wanted`: all. */
  async list(
    driftOf: (rotation: string) => FoundDrift | undefined,
    wanted?: readonly string[],
  ): Promise<readonly RotationView[]> {
    const among = wanted && new Set(wanted);
    const listed = this.declared.filter(({ name }) => among?.has(name) ?? true);
    const names = listed.map(({ name }) => name);
    const all = await this.journal.known(names);
    const asked = await this.#askedOf(listed);
    return listed.flatMap((rotation) => {
      const { name } = rotation;
      const known = all.get(name);
      const standing = known && { ...known, drift: driftOf(name), asked: asked.get(name) };
      return standing ? [viewOf(rotation, standing, this.clock.now())] : [];
    });
  }

  /** Throws `not_found`. */
  async detail(name: string, drift?: FoundDrift): Promise<RotationDetail> {
    const rotation = this.#find(name);
    const known = (await this.journal.known([name])).get(name) ?? nothingTold(name);
    const asked = (await this.#askedOf([rotation])).get(name);
    return detailOf(rotation, { ...known, drift, asked }, this.clock.now());
  }

  async #historyOf(name: string): Promise<History> {
    return (await this.journal.histories([name])).get(name) ?? nothingTold(name);
  }

  /** Of those alone that need an approval: with many rotations few of them do. */
  async #askedOf(rotations: readonly DeclaredRotation[]): Promise<ReadonlyMap<string, Asked>> {
    return this.journal.approvals.asked(rotations.flatMap(({ name, approval }) => (approval ? [name] : [])));
  }

  async #pendingOf(name: string): Promise<Approval | undefined> {
    return (await this.journal.approvals.pending([name])).get(name);
  }

  #find(name: string): DeclaredRotation {
    const rotation = this.declared.find((one) => one.name === name);
    if (rotation) return rotation;
    throw unknownRotation(name, this.declared);
  }
}

function nothingTold(name: string): never {
  throw new Error(`the journal tells nothing of ${name}`);
}
