import type { RunState } from '../../src/rotation/run.js';
import { holdsLock, mayMove } from '../../src/rotation/run.js';
import type { Replica, State } from './state.js';
import { currentToken, MOVED } from './state.js';

/** Fenced: what another replica has taken over is not written to any more. */
export function record(state: State, me: Replica, to: RunState): boolean {
  if (me.epoch !== state.run.epoch) {
    leave(me);
    return false;
  }
  const next = timeless(to);
  const lie = lieOf(state, next);
  if (lie !== undefined) state.broken = lie;
  if (!mayMove(state.run.state.state, next.state))
    state.broken ??= `no run moves from ${state.run.state.state} to ${next.state}`;
  if (me.asked === 'reset_again' && next.state === 'resetting') state.server.resetsAsked += 1;
  state.run.state = next;
  clear(state, me);
  me.sees = next;
  me.conflicted = false;
  return true;
}

/** What became of what a person asked is said; the run stays as it is. */
export function answered(state: State, me: Replica): void {
  if (me.epoch !== state.run.epoch) return leave(me);
  clear(state, me);
  me.sees = null;
}

/** What was asked since this replica has read the journal is still to be answered. */
function clear({ run }: State, me: Replica): void {
  if (me.asked !== null || run.state.state === 'ended') run.asked = null;
  me.asked = null;
}

/** What a run says of the world, against the world. */
function lieOf(state: State, to: RunState): string | undefined {
  const current = currentToken(state);
  if (to.state === 'settled' && current !== to.current.fingerprint)
    return 'a run says that its token is current, and it is not';
  if (to.state !== 'ended' || !holdsLock(state.run.state)) return undefined;
  // One that has sent nothing may be refused: what is on its way is somebody else's.
  if (to.reason !== 'refused' && state.server.pending !== null)
    return 'a run ended while a token was on its way';
  const isMoved = state.store.current === MOVED;
  if (!isMoved && to.current && to.current.fingerprint !== current)
    return 'a run ended and named a token as current that is not';
  return undefined;
}

export function leave(me: Replica): void {
  Object.assign(me, { gone: true, sees: null, asked: null, answer: null, conflicted: false });
}

/** Times say nothing here but `soon` and `late`: without them the same situation is the same state. */
function timeless(to: RunState): RunState {
  const times: Record<string, number> = {
    intentAt: 0,
    quietUntil: 1_000,
    since: 0,
    deadline: 1_000,
    promotedAt: 0,
    tries: to.state === 'promoting' ? to.tries : 0,
  };
  return JSON.parse(
    JSON.stringify(to, (key, value: unknown) => {
      if (key === 'detail' || key === 'gaveUp') return 'a sentence';
      if (key === 'precondition' && String(value).startsWith('after')) return 'after';
      return times[key] ?? value;
    }),
  ) as RunState;
}
