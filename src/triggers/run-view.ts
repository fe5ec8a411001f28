import type { z } from 'zod';
import type { Entry } from '../journal/journal.js';
import { DELIVERY_WISHES, refusalOfDelivery } from '../rotation/asking-deliveries.js';
import { refusalOf, WISHES } from '../rotation/asking.js';
import type { Delivery } from '../rotation/delivery.js';
import type { Asked, Paused, Run } from '../rotation/run.js';
import { stallOf } from '../rotation/run.js';
import { fingerprintsOf, stepsOf } from '../rotation/story.js';
import { authGapOf } from '../verification/auth-gap.js';
import type { RunSummary, RunView as RunAnswer } from './api/answers/index.js';

export type RunView = z.output<typeof RunAnswer>;

const iso = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());

/** A run in a list: all that the run itself tells, without its log. */
export function runSummary(run: Run): z.output<typeof RunSummary> {
  const { state } = run;
  const stalled = stallOf(state);
  const gap = authGapOf(run);
  const ended = state.state === 'ended' ? state : undefined;
  return {
    id: run.id,
    rotation: run.rotation,
    mode: run.mode,
    trigger: triggerOf(run),
    resource: run.resource?.label ?? null,
    chosen: run.resource?.chosen ?? null,
    state: state.state,
    waitingFor: run.waitingFor ?? null,
    paused: run.paused ? pausedOf(run.paused) : null,
    only: run.only ? [...run.only] : null,
    asked: run.asked ? askedView(run.asked) : null,
    // What a person may ask of it now, where it says that it needs one.
    mayAsk: stalled || run.paused ? WISHES.filter((what) => refusalOf(run, what) === undefined) : [],
    stalled: stalled ? { ...stalled, since: iso(stalled.since) } : null,
    outcome: ended?.outcome ?? null,
    reason: ended?.reason ?? null,
    code: ended?.code ?? null,
    detail: ended?.detail ?? stalled?.detail ?? null,
    fingerprints: fingerprintsOf(run),
    authGapMs: gap?.ms ?? null,
    authGapResolutionMs: gap?.resolutionMs ?? null,
    // Rotor cannot see what agents send to a real APM Server.
    events: { sent: null, accepted: null, lost: null },
    credentialExpires: iso(run.credentialExpires),
    startedAt: iso(run.startedAt),
    endedAt: iso(run.endedAt),
    durationMs: run.endedAt === undefined ? null : run.endedAt - run.startedAt,
  };
}

function triggerOf({ trigger: { emergency, approved, ...trigger } }: Run): RunView['trigger'] {
  return {
    ...trigger,
    by: trigger.by ?? null,
    emergency: emergency ? [...emergency] : null,
    approved: approved
      ? { ...approved, at: new Date(approved.at).toISOString(), comment: approved.comment ?? null }
      : null,
  };
}

export function askedView({ what, target, reason, by }: Asked): NonNullable<RunView['asked']> {
  return { what, target: target ?? null, reason, by: by ?? null };
}

export function pausedOf({ since, reason, by }: Paused): NonNullable<RunView['paused']> {
  return { since: new Date(since).toISOString(), reason, by: by ?? null };
}

/** A run as the API shows it. Tokens appear as fingerprints alone; what was not measured is null, never 0. */
export function runView(run: Run, entries: readonly Entry[]): RunView {
  return {
    ...runSummary(run),
    steps: stepsOf(run, entries).map(({ startedAt, endedAt, notes, ...step }) => ({
      ...step,
      notes: [...notes],
      startedAt: iso(startedAt),
      durationMs: endedAt === undefined ? null : endedAt - startedAt,
    })),
    deliveries: run.deliveries.map((one) => deliveryView(run, one)),
    seq: entries.at(-1)?.seq ?? 0,
  };
}

function deliveryView(run: Run, delivery: Delivery): RunView['deliveries'][number] {
  const { target, state, fingerprint, wave, tries, seen, detail, problem, notBefore } = delivery;
  const word = state === 'assumed' ? delivery.acknowledged : undefined;
  return {
    target,
    state,
    fingerprint,
    wave: wave ?? 1,
    tries,
    seen: seen ?? null,
    detail: detail ?? null,
    problem: problem ?? null,
    nextTryAt: state === 'waiting' ? iso(notBefore) : null,
    acknowledged: word ? { reason: word.reason, by: word.by ?? null } : null,
    mayAsk: DELIVERY_WISHES.filter((what) => refusalOfDelivery(run, what, delivery) === undefined),
  };
}
