import type { z } from 'zod';
import type { Asked } from '../journal/approvals.js';
import type { Known as Journaled } from '../journal/journal.js';
import { outOfSchedule, skippedInEmergency } from '../rotation/emergency.js';
import { replacedIn, replacedWords } from '../rotation/replaced.js';
import type { Millis, Replaced, Run } from '../rotation/run.js';
import { stallOf } from '../rotation/run.js';
import { standingOf, type Standing } from '../rotation/schedule/due.js';
import { activePause, type Hold } from '../rotation/schedule/holds.js';
import type { DuePolicy } from '../rotation/schedule/policy.js';
import { nextStart, nextStarts } from '../rotation/schedule/upcoming.js';
import { fingerprintsOf } from '../rotation/story.js';
import type { FoundDrift } from '../rotation/watch.js';
import type { RotationDetail as Detail, RotationView as Rotation } from './api/answers/index.js';
import { SKIPPED } from './approvals/need.js';
import { approvalStanding, startsFrom } from './approvals/standing.js';
import type { DeclaredRotation } from './rotations.js';
import { pausedOf } from './run-view.js';
import { zonedTime } from './zoned-time.js';

/** What has become of a rotation so far, from the journal and from the watch. */
export type Known = Journaled & {
  readonly drift: FoundDrift | undefined;
  readonly asked: Asked | undefined;
};

export type RotationView = z.output<typeof Rotation>;
export type RotationDetail = z.output<typeof Detail>;

/** As many as `rotor plan` shows. */
const SHOWN_STARTS = 5;

export function viewOf(
  { name, labels, due: policy, drivenBy, approval, template }: DeclaredRotation,
  known: Known,
  now: Millis,
): RotationView {
  const { history, latest, settled, drift, asked } = known;
  const from = startsFrom(approval, asked, now);
  const next = from === undefined ? undefined : nextStart(policy, history, from);
  const standing = standingOf(policy, history, now);
  const pause = activePause(history, now);
  const replaced = replacedIn(settled);
  const isOfUnknownAge = replaced !== undefined && replaced.since === undefined;
  const fingerprint = settled ? fingerprintsOf(settled).current : null;
  return {
    name,
    labels,
    /** Who alone asks for a new token; null: Rotor. */
    drivenBy: drivenBy ?? null,
    state: stateOf(known, standing, pause !== undefined),
    /** Why a run that is due does not start. */
    held: standing?.hold ? heldOf(standing.hold) : null,
    approval: approvalStanding(approval, asked, now),
    pause: pause ? { reason: pause.reason, until: timeOf(pause.until) } : null,
    deliveriesPaused: settled?.paused ? { run: settled.id, ...pausedOf(settled.paused) } : null,
    drift: drift ? { ...drift, since: new Date(drift.since).toISOString() } : null,
    fingerprint,
    tokenSince: settled && !isOfUnknownAge ? timeOf(history.tokenSince) : null,
    replacedBefore:
      replaced && fingerprint !== null
        ? replacedOf(name, fingerprint, replaced, drivenBy !== undefined)
        : null,
    maxAgeMs: policy.maxAgeMs ?? null,
    renewBeforeMs: policy.renewBeforeMs ?? null,
    /** When a run starts by schedule, or is asked for, if nothing else happens. */
    nextDueAt: timeOf(next),
    skippedInEmergency: [
      ...(approval ? [SKIPPED] : []),
      ...skippedInEmergency(template.policy, { policy, history }, now),
    ],
    outOfSchedule: outOfSchedule({ policy, history }, now),
    lastRun: latest ? { id: latest.id, ...summaryOf(latest) } : null,
  };
}

export function detailOf(rotation: DeclaredRotation, known: Known, now: Millis): RotationDetail {
  const { due: policy, targets, approval } = rotation;
  const { timezone } = policy;
  const from = startsFrom(approval, known.asked, now);
  const starts = from === undefined ? [] : nextStarts(policy, known.history, from, SHOWN_STARTS);
  return {
    ...viewOf(rotation, known, now),
    timezone,
    schedule: scheduleOf(policy),
    targets: targets.map(({ name, type, wave }) => ({ name, type, wave })),
    nextStarts: starts.map((start) => zonedTime(start, timezone)),
  };
}

function scheduleOf({ cron, windowMs, jitterMs, catchUp, blackouts }: DuePolicy): RotationDetail['schedule'] {
  return {
    cron: cron ?? null,
    windowMs: windowMs ?? null,
    jitterMs,
    catchUp,
    blackouts: blackouts.map(({ from, to, reason }) => ({
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
      reason,
    })),
  };
}

function timeOf(at: Millis | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}

function replacedOf(name: string, fingerprint: string, replaced: Replaced, isDriven: boolean) {
  const { at, by: run } = replaced;
  const detail = `${fingerprint} ${replacedWords(replaced)}`;
  const repair = isDriven ? 'aws secretsmanager rotate-secret' : `rotor rotate ${name}`;
  return { at: new Date(at).toISOString(), run, detail, repair };
}

function heldOf({ by, until, reason }: Hold) {
  return { by, until: timeOf(until), reason: reason ?? null };
}

/** One word, the worst that is true. */
function stateOf(
  { latest, settled, drift }: Known,
  standing: Standing | undefined,
  isPaused: boolean,
): RotationView['state'] {
  if (latest && stallOf(latest.state)) return 'stalled';
  if (settled?.paused) return 'deliveries_paused';
  if (latest && latest.state.state !== 'ended') return 'rotating';
  if (drift) return 'drifted';
  if (standing?.due.because === 'too_old') return 'overdue';
  if (latest?.state.state === 'ended' && latest.state.outcome === 'failed') return 'failed';
  if (latest?.state.state === 'ended' && latest.state.outcome === 'partial') return 'degraded';
  if (isPaused) return 'paused';
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
