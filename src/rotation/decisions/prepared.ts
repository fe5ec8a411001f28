import type { Pin } from '../../stores/store.js';
import type { Action } from '../action.js';
import type { Millis, RunIn, StateOf } from '../run.js';
import type { World } from '../world.js';
import { LOOK_AGAIN, refuseIfHopeless } from './verdicts.js';

/** Ready to change the token: looks once more, and records what it is about to do. */
export function prepared(run: RunIn<'prepared'>, world: World, now: Millis): Action {
  const { state, policy } = run;
  const hopeless = refuseIfHopeless(run, world.trouble, now);
  if (hopeless) return hopeless;
  const { issuer } = world;
  if (!issuer) return LOOK_AGAIN;
  // What a reset did is read from where the token is shown: one that is not shown any more is not reset.
  const mayBeHidden = run.issuerKind === 'caller-chosen';
  const isSame =
    issuer.current === state.previous.fingerprint || (mayBeHidden && issuer.current === 'unreadable');
  if (issuer.busy !== undefined || issuer.moved !== undefined || !isSame) {
    return { do: 'move', to: { state: 'preparing' }, note: 'the world changed since the check' };
  }
  if (run.issuerKind === 'caller-chosen') {
    return { do: 'mint', base: state.expected, next: (pin) => settingState(state, pin, issuer.precondition) };
  }
  const { previous, expected } = state;
  const intent: StateOf<'resetting'> = {
    state: 'resetting',
    previous,
    expected,
    ...(issuer.attempt !== undefined && { attempt: issuer.attempt }),
    ...(issuer.failedAttempt !== undefined && { failedBefore: issuer.failedAttempt }),
    intentAt: now,
    quietUntil: now + policy.quietPeriodMs,
  };
  return {
    do: 'reset',
    base: expected,
    intent,
    notApplied: state,
    next: (pin) => acceptingReset(intent, pin, now + policy.acceptDeadlineMs, now),
  };
}

/** What follows once a token of a reset is in the store, whether from the reply or found in the plan. */
export function acceptingReset(
  { previous, expected, failedBefore }: StateOf<'resetting'>,
  wanted: Pin,
  deadline: Millis,
  now: Millis,
): StateOf<'accepting'> {
  const known = failedBefore === undefined ? {} : { failedBefore };
  const aim = { goal: 'candidate', wanted, own: [wanted], previous, expected, ...known } as const;
  return { state: 'accepting', aim, since: now, deadline, resets: 0 };
}

function settingState(
  { previous, expected }: StateOf<'prepared'>,
  wanted: Pin,
  precondition: string,
): StateOf<'setting'> {
  const aim = { goal: 'candidate', wanted, own: [wanted], previous, expected } as const;
  return { state: 'setting', aim, precondition, tries: 0, resets: 0 };
}
