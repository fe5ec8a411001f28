import type { Pin } from '../../stores/store.js';
import type { Action } from '../action.js';
import { isUnsent } from '../asking.js';
import { isOver } from '../delivery.js';
import type { Aim, Asked, Millis, Run, RunState } from '../run.js';
import type { World } from '../world.js';
import { acceptedByAll, refusedByAll } from '../world.js';
import { acceptingReset } from './prepared.js';
import { rollBack } from './setting.js';
import { LOOK_AGAIN, running } from './verdicts.js';

/** A person has asked something of a run that waits. Their word decides what no look can show; looks still decide the rest. */
export function answering(run: Run, asked: Asked, world: World, now: Millis): Action {
  const { state } = run;
  const isOfOne = asked.target !== undefined;
  // The deliveries hear it themselves.
  if (state.state === 'settled' && (isOfOne || !run.deliveries.every(isOver))) return { do: 'deliver' };
  if (isOfOne || asked.what === 'ack' || asked.what === 'skip')
    return declined('the token is not current yet');
  if (asked.what === 'pause' || asked.what === 'resume')
    return declined('there is no delivery left that has not begun');
  if (asked.what === 'cancel') return cancel(run, now);
  if (asked.what === 'retry' || !('stalled' in state)) return tryNow(state, asked);
  switch (asked.what) {
    case 'rollback':
      return goBack({ ...run, state }, now);
    case 'reset_again':
      return resetAgain({ ...run, state }, world, now);
    case 'adopt':
      return adopt({ ...run, state }, world, now);
  }
}

/** What is on its way to the server is not undone by forgetting it: where it can be, the previous token is set again. */
function cancel(run: Run, now: Millis): Action {
  const { state } = run;
  if (!isUnsent(state))
    return 'stalled' in state || 'aim' in state ? goBack({ ...run, state }, now) : declined(TOO_LATE);
  const detail =
    'a person cancelled the run before anything was sent: the token in force is the one from before it';
  return { do: 'move', to: { state: 'ended', outcome: 'cancelled', detail } };
}

const TOO_LATE = 'the token is set by now';

type Waiting = Extract<RunState, { readonly stalled?: unknown }>;
type Stalled = Run & { readonly state: Waiting };

function tryNow(state: RunState, { what }: Asked): Action {
  if (what !== 'retry') return declined('the run goes on by itself by now');
  const note = 'a person asked to try again now';
  return 'stalled' in state ? { do: 'move', to: running(state), note } : { do: 'answer', note };
}

function declined(why: string): Action {
  return { do: 'answer', note: `what a person asked was not done: ${why}` };
}

function goBack({ state, policy, issuerKind }: Stalled, now: Millis): Action {
  const isUnderWay = state.state === 'setting' || state.state === 'accepting';
  const mayGoBack = isUnderWay && issuerKind === 'caller-chosen' && state.aim.goal === 'candidate';
  const deadline = now + policy.acceptDeadlineMs;
  const back = mayGoBack && rollBack(state.aim, state.resets, deadline, 'a person asked to go back');
  return back || declined('there is nothing to go back to from here');
}

/** Only where nothing can show any more what the first one did: its answer, or the plan. */
function resetAgain(run: Stalled, { issuer }: World, now: Millis): Action {
  const { state, policy } = run;
  if (state.state !== 'resetting') return declined('the token of the reset is known');
  if (!issuer) return LOOK_AGAIN;
  if (issuer.moved !== undefined) return declined(`${issuer.moved} It has no reset there`);
  if (issuer.current !== 'unreadable')
    return declined('the issuer shows the token in force again, so that the run can see what the reset did');
  const busy = issuer.busy ?? (issuer.pending === undefined ? undefined : 'a plan is pending');
  if (busy !== undefined) return declined(busy);
  const { attempt: _old, ...rest } = running(state);
  const attempt = issuer.attempt === undefined ? {} : { attempt: issuer.attempt };
  const intent = { ...rest, ...attempt, intentAt: now, quietUntil: now + policy.quietPeriodMs };
  return {
    do: 'reset',
    base: state.expected,
    intent,
    notApplied: state,
    next: (pin) => acceptingReset(intent, pin, now + policy.acceptDeadlineMs, now),
  };
}

/** What the store holds and every connection accepts becomes what the run wants; it is proven once more on the way. */
function adopt({ state }: Stalled, world: World, now: Millis): Action {
  const { issuer, store, bogus } = world;
  if (!issuer || !store || !bogus) return LOOK_AGAIN;
  if (!store.current) return declined('the store shows no current version');
  if (issuer.pending !== undefined) return declined('a change of the token is pending');
  if (!refusedByAll(bogus))
    return declined('the APM Server does not refuse a random token, so nothing proves one');
  const chosen = [store.current, ...store.staged].find((pin) =>
    acceptedByAll(world.probes.get(pin.fingerprint)),
  );
  if (!chosen) {
    return declined(
      'no token in the store is accepted by every connection. Put the one that the APM Server runs with into the store ' +
        'as its current value, then ask again',
    );
  }
  const { fingerprint } = chosen;
  // The new one may yet take effect, and nothing would hold it then.
  if (fingerprint === previousOf(state)?.fingerprint)
    return declined(
      `every connection accepts ${fingerprint}, the previous token, and another one is on its way`,
    );
  if (issuer.current !== 'unreadable' && issuer.current !== fingerprint)
    return declined(`the APM Server accepts ${fingerprint}, and the issuer shows ${issuer.current}`);
  const aim = {
    ...aimOf(state),
    goal: 'candidate',
    wanted: chosen,
    expected: store.current.version,
  } as const;
  return {
    do: 'move',
    to: { state: 'accepting', aim, since: now, deadline: now, resets: 0 },
    note: `a person decided on ${fingerprint}, which the store holds and every connection accepts`,
  };
}

function previousOf(state: Waiting): Pin | undefined {
  return state.state === 'resetting' ? state.previous : state.aim.previous;
}

function aimOf(state: Waiting): Pick<Aim, 'own' | 'previous'> {
  return state.state === 'resetting' ? { own: [], previous: state.previous } : state.aim;
}
