import type { z } from 'zod';
import { digest } from '../journal/digest.js';
import type { Journal } from '../journal/journal.js';
import type { Clock } from '../rotation/clock.js';
import { RotorError } from '../rotation/errors.js';
import {
  detailOf,
  lookAhead,
  preview,
  type LookedAhead,
  type Preview,
  type Previewed,
} from '../rotation/preview.js';
import type { Millis, Planned } from '../rotation/run.js';
import { Stop } from '../rotation/stop.js';
import { verify, type Verification } from '../rotation/verification.js';
import { whereabouts, type Wanted, type Whereabouts } from '../rotation/whereabouts.js';
import { authGapOf } from '../verification/auth-gap.js';
import type { Plan as PlanAnswer } from './api/answers/index.js';
import type { PlanRun } from './api/look-requests.js';
import type { RotationDetail } from './rotation-view.js';
import { unknownRotation } from './refusals.js';
import type { Rotations } from './rotations.js';

export type Plan = z.output<typeof PlanAnswer>;
type PlanMode = z.output<typeof PlanRun>['mode'];

/** Somebody waits for the answer, and an upstream that is down is tried again for longer than they would. */
const LOOK_MS = 15_000;
const KEPT_MS = 60 * 60_000;
/** Of the newest runs those that were measured tell what the next one will cost. */
const RUNS_BACK = 20;

const STEPS = {
  issuer: ['prepare', 'anchor', 'reset', 'accept', 'promote', 'settle', 'deliver'],
  Rotor: ['prepare', 'set', 'accept', 'promote', 'settle', 'deliver'],
} as const;

/**
 * What a run would do, as something that can be agreed to: the id of a plan names all that it depends on, so that any
 * replica can tell whether the world is still the one that it was made for. Nothing is stored.
 */
export class Planner {
  constructor(
    private previewed: readonly Previewed[],
    private readonly rotations: Rotations,
    readonly journal: Pick<Journal, 'list' | 'lastSettled'>,
    readonly clock: Clock,
  ) {}

  /** From now on these: of one whose runs would be others every plan is stale. */
  use(previewed: readonly Previewed[]): void {
    this.previewed = previewed;
  }

  /** Throws `not_found`. What stands in the way of a run is in the plan: what refuses its start before the world does. */
  async plan(name: string, mode: PlanMode, signal: AbortSignal): Promise<Plan> {
    const detail = await this.rotations.detail(name);
    const refusal = await this.rotations.refusalOf(name, mode);
    const seen = await this.#preview(name, signal);
    const expiresAt = this.clock.now() + KEPT_MS;
    const { rotation, resource, chosen, tokenChosenBy, fingerprint } = seen;
    const { verdict, code, detail: said } = refusal ? refusedWith(refusal) : seen;
    return {
      planId: `plan_${expiresAt.toString(36)}_${this.#digest(seen)}`,
      digest: this.#digest(seen),
      expiresAt: new Date(expiresAt).toISOString(),
      rotation,
      verdict,
      resource,
      chosen,
      tokenChosenBy,
      fingerprint,
      steps: tokenChosenBy === null ? [] : [...STEPS[tokenChosenBy]],
      targets: [...this.rotations.targetsOf(name)],
      authGapEstimateMs: await this.#authGap(name),
      warnings: warningsOf(seen, detail, refusal),
      code,
      detail: said,
    };
  }

  /**
   * What the plan has shown, for the run to hold on to. Throws `plan_stale` where it is no longer what a run would do,
   * and `request_invalid` where it is no plan of Rotor's.
   */
  async agreed(name: string, planId: string, signal: AbortSignal): Promise<Planned | undefined> {
    return this.stillAgreed(name, this.#digestIn(planId), signal);
  }

  /** Of a plan that may be acted on later; throws what `agreed` throws. */
  async agreedDigest(name: string, planId: string, signal: AbortSignal): Promise<string> {
    const wanted = this.#digestIn(planId);
    await this.stillAgreed(name, wanted, signal);
    return wanted;
  }

  /**
   * The same by the digest of the plan, however old it is. Throws `plan_stale` only where the world is known to be
   * another one; what the look has failed with, or what it would wait for, tells nothing of the plan and may pass.
   */
  async stillAgreed(name: string, wanted: string, signal: AbortSignal): Promise<Planned | undefined> {
    using stop = new Stop([signal], LOOK_MS);
    const looked = await lookAhead(this.#find(name), this.clock, stop.signal);
    const { seen } = looked;
    if (this.#digest(seen) !== wanted) {
      throw (
        unclear(looked, stop.signal) ??
        stale(`the world is another one than when the plan was made. Now: ${seen.detail}`)
      );
    }
    const { resourceKey, fingerprint } = seen;
    return resourceKey !== null && fingerprint !== null ? { resource: resourceKey, fingerprint } : undefined;
  }

  #digestIn(planId: string): string {
    const [, expires, wanted] = /^plan_([0-9a-z]{1,12})_([0-9a-f]{64})$/.exec(planId) ?? [];
    if (expires === undefined || wanted === undefined)
      throw new RotorError(
        'request_invalid',
        `planId: ${JSON.stringify(planId)} is none that Rotor has given`,
      );
    if (Number.parseInt(expires, 36) <= this.clock.now()) throw stale('the plan is over an hour old');
    return wanted;
  }

  /** What the watch would see now. Throws `not_found`, and what an upstream throws that cannot be looked at. */
  async verify(name: string, signal: AbortSignal): Promise<Verification> {
    using stop = new Stop([signal], LOOK_MS);
    return await verify(this.#find(name), this, stop.signal);
  }

  /** Where one token is now. Throws `not_found`; what cannot be looked at is in the answer. */
  async where(name: string, wanted: Wanted, signal: AbortSignal): Promise<Whereabouts> {
    using stop = new Stop([signal], LOOK_MS);
    return await whereabouts(this.#find(name), wanted, this.clock, stop.signal);
  }

  async #preview(name: string, signal: AbortSignal): Promise<Preview> {
    using stop = new Stop([signal], LOOK_MS);
    return await preview(this.#find(name), this.clock, stop.signal);
  }

  #find(name: string): Previewed {
    const known = this.previewed.find((one) => one.name === name);
    if (known) return known;
    throw unknownRotation(name, this.previewed);
  }

  #digest({ detail: _words, findings: _said, ...seen }: Preview): string {
    return digest([seen, this.rotations.basisOf(seen.rotation)]);
  }

  /** The middle one of those that were measured; null where none was. */
  async #authGap(rotation: string): Promise<Millis | null> {
    const runs = await this.journal.list({ rotation, mode: 'rotate', limit: RUNS_BACK });
    const gaps = runs.flatMap((run) => authGapOf(run)?.ms ?? []).toSorted((a, b) => a - b);
    return gaps[Math.floor(gaps.length / 2)] ?? null;
  }
}

function stale(why: string): RotorError {
  return new RotorError('plan_stale', why, {
    effect: 'not_applied',
    hint: 'Make another plan, and look at it.',
  });
}

/** Why the look does not tell whether the plan still holds. */
function unclear({ seen, fault }: LookedAhead, { aborted }: AbortSignal): RotorError | undefined {
  // Whatever it has come to by then, it was cut short.
  if (aborted)
    return new RotorError(
      'upstream_timeout',
      `what a run of ${seen.rotation} would do now could not be looked at in time`,
      { effect: 'not_applied', hint: 'Try again.' },
    );
  if (fault) {
    const { code, message: said, hint, retryable, retryAfterMs } = fault;
    return new RotorError(code, `what a run of ${seen.rotation} would do now is not known: ${said}`, {
      cause: fault,
      effect: 'not_applied',
      retryable,
      ...(hint !== undefined && { hint }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  }
  if (seen.verdict !== 'would_wait') return undefined;
  return new RotorError('upstream_busy', `a run of ${seen.rotation} would have to wait now: ${seen.detail}`, {
    effect: 'not_applied',
    hint: `Try again when that is over: \`rotor plan ${seen.rotation}\`.`,
  });
}

function refusedWith(refusal: RotorError): Pick<Plan, 'verdict' | 'code' | 'detail'> {
  return { verdict: 'would_refuse', code: refusal.code, detail: detailOf(refusal) };
}

function warningsOf(
  { tokenChosenBy, verdict, fingerprint, findings }: Preview,
  detail: RotationDetail,
  refusal: RotorError | undefined,
): string[] {
  const { pause, deliveriesPaused, lastRun, approval, outOfSchedule } = detail;
  const underWay = lastRun?.outcome === null ? lastRun : undefined;
  return [
    ...findings,
    approval.required &&
      (approval.pending === null
        ? 'A new token of this rotation needs the approval of somebody else before its run starts.'
        : `${approval.pending} waits for the approval of somebody else already.`),
    tokenChosenBy === 'issuer' &&
      'The token is reset: that cannot be taken back, and the old one is refused from then on.',
    fingerprint === null &&
      verdict === 'ready' &&
      'The token in force cannot be read: its copy in the store is relied on.',
    refusal?.code !== 'paused' &&
      pause &&
      `The rotation is paused${pause.until === null ? '' : ` until ${pause.until}`}: ${pause.reason}`,
    ...outOfSchedule,
    deliveriesPaused &&
      `The run ${deliveriesPaused.run} holds deliveries back (${deliveriesPaused.reason}): a new run takes them over.`,
    refusal?.code !== 'rotation_in_progress' &&
      underWay &&
      underWay.id !== deliveriesPaused?.run &&
      (underWay.state === 'settled'
        ? `The run ${underWay.id} still delivers its token: a new run takes its deliveries over.`
        : `The run ${underWay.id} is under way, and another one has to wait for it.`),
  ].filter((warning) => typeof warning === 'string');
}
