import type { Action } from '../action.js';
import type { Aim, Millis, Resets, RunIn, StateOf } from '../run.js';
import type { Fingerprint } from '../secret.js';
import type { World } from '../world.js';
import { LOOK_AGAIN, running } from './verdicts.js';

/**
 * Writes the wanted token until a definite success. A write whose reply was lost, or one that was only half done,
 * shows as a precondition that moved: the new one is recorded and the same token written again.
 */
export function setting(run: RunIn<'setting'>, world: World, now: Millis): Action {
  const { state, policy } = run;
  const { issuer } = world;
  if (!issuer) return LOOK_AGAIN;
  const deadline = now + policy.acceptDeadlineMs;
  if (issuer.current !== 'unreadable' && !isOurs(state.aim, issuer.current)) {
    return adopt(state, issuer.current, deadline, now);
  }
  if (world.trouble?.error.code === 'token_not_taken' && state.aim.goal === 'candidate') {
    const back = rollBack(state.aim, state.resets, deadline, world.trouble.error.message);
    if (back) return back;
  }
  if (issuer.precondition !== state.precondition) {
    const to = { ...running(state), precondition: issuer.precondition, tries: state.tries + 1 };
    return { do: 'move', to, note: 'the resource moved since the last look: writing again on top of it' };
  }
  const { aim, precondition, resets } = state;
  const next = { state: 'accepting', aim, since: now, deadline, resets } as const;
  return { do: 'set', token: aim.wanted, precondition, next };
}

/** Somebody else set a token meanwhile: theirs is what the server will accept, so it becomes what we want. */
function adopt(state: StateOf<'setting'>, token: Fingerprint, deadline: Millis, now: Millis): Action {
  const { aim, resets } = state;
  return {
    do: 'stage',
    token,
    base: aim.expected,
    next: (pin) => ({ state: 'accepting', aim: aimingAt(aim, pin), since: now, deadline, resets }),
  };
}

/** The same run after another token: a foreign one that is on its way, or a copy. */
export function aimingAt(aim: Aim, wanted: Aim['wanted']): Aim {
  return { ...aim, goal: 'candidate', wanted, own: [...aim.own, wanted] };
}

export function isOurs(aim: Aim, token: Fingerprint): boolean {
  return token === aim.previous?.fingerprint || aim.own.some((pin) => pin.fingerprint === token);
}

/**
 * The goal becomes a copy of the previous token: promoting the copy burns every promotion still on the wire. Nothing
 * where there is no previous one.
 */
export function rollBack(aim: Aim, resets: Resets, deadline: Millis, gaveUp: string): Action | undefined {
  const { previous } = aim;
  if (!previous) return undefined;
  return {
    do: 'stage',
    token: previous.fingerprint,
    base: aim.expected,
    again: aim.wanted.version,
    next: (copy) => ({
      state: 'setting',
      aim: { ...aim, goal: 'previous', wanted: copy, own: [...aim.own, copy], gaveUp },
      // Never what the issuer holds: the first tick of `setting` looks and records the real one before it writes.
      precondition: `after ${deadline}`,
      tries: 0,
      resets,
    }),
  };
}
