import type { Act } from '../journal/act.js';
import { hasBegun, isOver, type Delivery } from '../rotation/delivery.js';
import type { Millis, Outcome, Run, StateOf } from '../rotation/run.js';
import { stallOf } from '../rotation/run.js';
import { fingerprintsOf } from '../rotation/story.js';
import { authGapOf } from '../verification/auth-gap.js';
import type { FoundDrift } from '../rotation/watch.js';
import { iso } from './iso.js';
import type { EventName, RotorEvent } from './schemas.js';

export function opened(run: Run): RotorEvent {
  return { name: 'rotation.started', rotation: run.rotation, data: { run: runOf(run) } };
}

/** What somebody may want to hear of one entry: states that were entered, not each look at them. */
export function happened(before: Run, run: Run): RotorEvent[] {
  return [
    ...stalled(before, run),
    ...unstalled(before, run),
    ...failedVerifications(before, run),
    ...failedDeliveries(before, run),
    ...heldDeliveries(before, run),
    ...ended(before, run),
  ];
}

/** What is done to the access to the API is for the audit log alone. */
export function said(act: Act): RotorEvent[] {
  if (act.what === 'resume') {
    const { rotation, reason } = act;
    return [{ name: 'rotation.resumed', rotation, data: { reason } }];
  }
  if (act.what !== 'pause') return [];
  const { rotation, reason, until } = act;
  const data = { reason, until: until === undefined ? null : iso(until) };
  return [{ name: 'rotation.paused', rotation, data }];
}

export function drifted(rotation: string, { since, ...drift }: FoundDrift): RotorEvent {
  const { kind, detail, adoptable, repair } = drift;
  const data = { kind, detail, adoptable, repair, since: iso(since) };
  return { name: 'drift.detected', rotation, data };
}

export function driftEnded(rotation: string, detail: string, mendedBy: string | null): RotorEvent {
  return { name: 'drift.ended', rotation, data: { detail, mendedBy } };
}

export type HeldBack = {
  readonly tokenSince: Millis;
  readonly dueSince: Millis;
  readonly held: {
    readonly by: 'pause' | 'blackout' | 'window';
    readonly until?: Millis;
    readonly reason?: string;
  };
};

export function tokenDue(rotation: string, { tokenSince, dueSince, held }: HeldBack): RotorEvent {
  const { by, until, reason = null } = held;
  const heldBy = { by, until: until === undefined ? null : iso(until), reason };
  const data = { tokenSince: iso(tokenSince), dueSince: iso(dueSince), held: heldBy };
  return { name: 'token.due', rotation, data };
}

export function deliveryConverged(run: Run, { target, fingerprint }: Delivery): RotorEvent {
  return {
    name: 'delivery.converged',
    rotation: run.rotation,
    data: { run: runOf(run), target, fingerprint },
  };
}

export function overdue(rotation: string, tokenSince: Millis, maxAgeMs: number): RotorEvent {
  const data = { tokenSince: iso(tokenSince), maxAgeMs, overdueSince: iso(tokenSince + maxAgeMs) };
  return { name: 'token.overdue', rotation, data };
}

/** With another reason it may need another person. */
function stalled(before: Run, run: Run): RotorEvent[] {
  const stall = stallOf(run.state);
  if (!stall || stallOf(before.state)?.reason === stall.reason) return [];
  const { reason, detail, since } = stall;
  const data = { run: runOf(run), reason, detail, since: iso(since) };
  return [{ name: 'rotation.stalled', rotation: run.rotation, data }];
}

function unstalled(before: Run, run: Run): RotorEvent[] {
  const stall = stallOf(before.state);
  if (!stall || stallOf(run.state)) return [];
  const { reason, since } = stall;
  return [
    {
      name: 'rotation.unstalled',
      rotation: run.rotation,
      data: { run: runOf(run), reason, since: iso(since) },
    },
  ];
}

/** A token that is rolled back does not fail a second time: the one before was in force. */
function failedVerifications(before: Run, run: Run): RotorEvent[] {
  const known = new Set(failuresIn(before).map(({ check }) => check));
  return failuresIn(run)
    .filter(({ check }) => !known.has(check))
    .map((failure) => ({
      name: 'verification.failed',
      rotation: run.rotation,
      data: { run: runOf(run), ...failure },
    }));
}

type Failure = { readonly check: 'new_token' | 'old_token'; readonly detail: string };

function failuresIn({ state }: Run): Failure[] {
  const { goal, gaveUp } = 'aim' in state ? state.aim : {};
  const refused = goal === 'previous' ? (gaveUp ?? 'The new token was not accepted.') : undefined;
  const isOldAccepted = 'oldStillAccepted' in state && state.oldStillAccepted;
  return [
    ...(refused === undefined ? [] : [{ check: 'new_token', detail: refused } as const]),
    ...(isOldAccepted ? [{ check: 'old_token', detail: OLD_ACCEPTED } as const] : []),
  ];
}

const OLD_ACCEPTED = 'The APM Server accepts the new token, and goes on to accept the one before.';

function failedDeliveries(before: Run, run: Run): RotorEvent[] {
  if (run.deliveries === before.deliveries) return [];
  const wasFailed = new Set(before.deliveries.filter(isFailed).map(({ target }) => target));
  return run.deliveries
    .filter((delivery) => isFailed(delivery) && !wasFailed.has(delivery.target))
    .map(({ target, fingerprint, tries, problem }) => ({
      name: 'delivery.failed',
      rotation: run.rotation,
      data: { run: runOf(run), target, fingerprint, tries, problem: problem ?? null },
    }));
}

/** One that ends with its pause says so by its end. */
function heldDeliveries(before: Run, run: Run): RotorEvent[] {
  const { paused, rotation, state, deliveries } = run;
  if (Boolean(before.paused) === Boolean(paused) || state.state === 'ended') return [];
  const isStopped = deliveries.some(
    ({ state: now }, index) => now === 'skipped' && before.deliveries[index]?.state !== now,
  );
  if (!paused) return isStopped ? [] : [{ name: 'deliveries.resumed', rotation, data: { run: runOf(run) } }];
  const { reason, by = null, since } = paused;
  const waiting = deliveries.filter((one) => !isOver(one) && !hasBegun(one)).length;
  return [
    {
      name: 'deliveries.paused',
      rotation,
      data: { run: runOf(run), reason, by, since: iso(since), waiting },
    },
  ];
}

function isFailed({ state }: Delivery): boolean {
  return state === 'failed';
}

const BY_OUTCOME = {
  succeeded: 'rotation.succeeded',
  partial: 'rotation.partial',
  failed: 'rotation.failed',
  cancelled: 'rotation.cancelled',
} as const satisfies Record<Outcome, EventName>;

function ended(before: Run, run: Run): RotorEvent[] {
  const { state } = run;
  if (state.state !== 'ended' || before.state.state === 'ended') return [];
  return [{ name: BY_OUTCOME[state.outcome], rotation: run.rotation, data: endOf(run, state) }];
}

function endOf(run: Run, { reason, code, detail }: StateOf<'ended'>) {
  return {
    run: runOf(run),
    reason: reason ?? null,
    code: code ?? null,
    detail,
    endedAt: iso(run.endedAt ?? run.startedAt),
    authGapMs: authGapOf(run)?.ms ?? null,
    deliveries: run.deliveries.map(({ target, state }) => ({ target, state })),
  };
}

function runOf(run: Run) {
  const { id, mode, trigger, startedAt, resource, storeKey: store } = run;
  return {
    id,
    mode,
    trigger: {
      kind: trigger.kind,
      reason: trigger.reason,
      by: trigger.by ?? null,
      ...(trigger.approved && { approvedBy: trigger.approved.by }),
    },
    startedAt: iso(startedAt),
    resource: resource?.label ?? null,
    store,
    ...fingerprintsOf(run),
  };
}
