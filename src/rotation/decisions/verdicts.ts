import type { Pin } from '../../stores/store.js';
import type { Action } from '../action.js';
import { backoffMs } from '../backoff.js';
import type { Code } from '../errors.js';
import { RotorError } from '../errors.js';
import { PATIENCE, STALL_POLL_MS } from '../policy.js';
import type { EndReason, Millis, Run, RunState } from '../run.js';
import { stallOf } from '../run.js';
import type { World } from '../world.js';

type Stallable = Extract<RunState, { stalled?: unknown }>;
type Trouble = NonNullable<World['trouble']>;

/** The look itself failed: nothing to decide on. The runner pauses before it looks again. */
export const LOOK_AGAIN: Action = { do: 'wait', ms: 0, why: 'the last look failed' };

export function end(
  reason: EndReason,
  detail: string,
  more: { code?: Code; current?: Pin; previous?: Pin } = {},
): Action {
  return { do: 'move', to: { state: 'ended', outcome: 'failed', reason, detail, ...more } };
}

/** The token is set elsewhere by now, and the one from before the run is in force and current. */
export function endMoved(said: string, previous: Pin): Action {
  const detail = `${said} The token in force is still ${previous.fingerprint}, which is current in the store. Run again.`;
  return end('mode_changed', detail, { current: previous });
}

/** Before anything was sent: nothing has changed, so the run may simply end. */
export function refuse(code: Code, detail: string, hint?: string): Action {
  const next = hint === undefined ? '' : ` ${hint}`;
  return end('refused', `${detail.replace(/\.$/, '')}. Nothing was changed.${next}`, { code });
}

/** Before anything was sent: wait for what may pass, until the time to prepare is over. */
export function waitOrRefuse(run: Run, error: RotorError, now: Millis, waitMs: number): Action {
  if (isLate(run, now + waitMs)) return refuse(error.code, error.message, error.hint);
  return { do: 'wait', ms: waitMs, why: error.message };
}

/** Before anything was sent: a fault that will not pass, or has not passed in time, ends the run. */
export function refuseIfHopeless(run: Run, trouble: World['trouble'], now: Millis): Action | undefined {
  if (!trouble || (trouble.error.retryable && !isLate(run, now))) return undefined;
  const { code, message, hint } = trouble.error;
  return refuse(code, message, hint);
}

/**
 * Once a token may be on its way a fault is never an end: be patient, then say so, and go on trying. The one exception
 * is a resource that the issuer itself says, again and again, is gone: nothing is left that could accept a token.
 */
export function sayStalled(state: RunState, trouble: World['trouble'], now: Millis): Action | undefined {
  if (!trouble || !canStall(state)) return undefined;
  const { error, times } = trouble;
  if (error.code === 'upstream_not_found' && times >= PATIENCE) {
    const detail = `${error.message.replace(/\.$/, '')}. Every token of this run is kept in the store. Remove the rotation from the config.`;
    return end('resource_gone', detail, { code: error.code });
  }
  if (error.code === 'upstream_not_found' || mayRollBack(state, error)) return undefined;
  if ((error.retryable && times < PATIENCE) || state.stalled?.reason === error.code) return undefined;
  const hint = error.hint === undefined ? '' : ` ${error.hint}`;
  return stall(state, error.code, `${error.message.replace(/\.$/, '')}.${hint}`, now);
}

/** A token that cannot be put in force as it is: the way back is decided where it is set. */
function mayRollBack(state: RunState, error: RotorError): boolean {
  return state.state === 'setting' && state.aim.goal === 'candidate' && error.code === 'token_not_taken';
}

export function stall(state: Stallable, reason: Code, detail: string, now: Millis): Action {
  const since = state.stalled?.reason === reason ? state.stalled.since : now;
  return { do: 'stall', to: { ...state, stalled: { reason, detail, since } }, ms: STALL_POLL_MS, reason };
}

export function running<S extends RunState>(state: S): S {
  if (stallOf(state) === undefined) return state;
  const { stalled: _stalled, ...rest } = state as S & { stalled: unknown };
  return rest as unknown as S;
}

/**
 * How long to pause after a failed look or effect. Never less than the upstream's own Retry-After, and not just that
 * long: a thousand runs that were told the same would come back at one moment.
 */
export function pauseAfter({ error, times }: Trouble, state: RunState, random: () => number): number {
  const jitter = backoffMs(times, { baseMs: 1_000, capMs: 30_000 }, random);
  const own = stallOf(state) ? STALL_POLL_MS : jitter;
  return Math.max(own, error.retryAfterMs === undefined ? 0 : error.retryAfterMs + jitter);
}

function canStall(state: RunState): state is Stallable {
  return ['setting', 'resetting', 'accepting', 'promoting', 'settling'].includes(state.state);
}

function isLate(run: Run, when: Millis): boolean {
  return when > run.startedAt + run.policy.prepareDeadlineMs;
}
