import type { Pin } from '../../stores/store.js';
import type { Action } from '../action.js';
import { MAX_PROMOTE_CONFLICTS } from '../policy.js';
import type { Millis, RunIn } from '../run.js';
import type { World } from '../world.js';
import { acceptedByAll } from '../world.js';
import { LOOK_AGAIN, end, running, stall } from './verdicts.js';

/** The server accepts the token: make it current, on condition that nobody moved the store meanwhile. */
export function promoting(run: RunIn<'promoting'>, world: World, now: Millis): Action {
  const { state } = run;
  const { aim, oldStillAccepted } = state;
  const { store } = world;
  if (!store) return LOOK_AGAIN;
  const { current } = store;
  if (!current) {
    const detail =
      `the store shows no current version any more, and ${aim.wanted.fingerprint}, which the APM Server accepts, waits in ` +
      'it. Restore the secret: the run then goes on by itself.';
    return stall(state, 'store_missing', detail, now);
  }
  const settling = { state: 'settling', aim, promotedAt: now, oldStillAccepted } as const;
  if (current.version === aim.wanted.version) return { do: 'move', to: settling };
  if (current.version === aim.expected && !isBuiltOnAnother(run, world)) {
    return { do: 'promote', version: aim.wanted.version, expected: aim.expected, next: settling };
  }
  if (current.version === aim.expected) return rebase(run, current);
  return conflict(run, current, world, now);
}

/** The store refused although nobody moved it: our version was built on an older one and would undo a change. */
function isBuiltOnAnother({ state }: RunIn<'promoting'>, { trouble }: World): boolean {
  return trouble?.error.code === 'store_conflict' && state.tries < MAX_PROMOTE_CONFLICTS;
}

/** Somebody moved the store. Who is right is asked of the APM Server. */
function conflict(run: RunIn<'promoting'>, current: Pin, world: World, now: Millis): Action {
  const { state, policy } = run;
  const { aim } = state;
  const ours = world.probes.get(aim.wanted.fingerprint);
  if (acceptedByAll(ours)) {
    if (state.tries < MAX_PROMOTE_CONFLICTS) return rebase(run, current);
    const detail =
      `somebody keeps moving the secret away from ${aim.wanted.fingerprint}, which the APM Server accepts and which is ` +
      'staged in the store. Stop whatever writes to the secret: the run then goes on by itself.';
    return stall(state, 'store_conflict', detail, now);
  }
  if (acceptedByAll(world.probes.get(current.fingerprint))) {
    const detail =
      `somebody made ${current.fingerprint} current in the store and the APM Server accepts it: it holds, and this run's ` +
      `${aim.wanted.fingerprint} is not used.`;
    return end('superseded', detail, { current });
  }
  if (!ours || ours.unclear > 0)
    return { do: 'wait', ms: policy.probeIntervalMs, why: 'the APM Server gives no clear answer' };
  const deadline = now + policy.acceptDeadlineMs;
  return {
    do: 'move',
    to: { state: 'accepting', aim: { ...aim, expected: current.version }, since: now, deadline, resets: 0 },
  };
}

/** Our token again, on top of what is current now: a store that keeps more than the token in a secret loses nothing. */
function rebase({ state }: RunIn<'promoting'>, current: Pin): Action {
  const { aim } = state;
  return {
    do: 'stage',
    token: aim.wanted.fingerprint,
    base: current.version,
    again: current.version,
    next: (copy) => ({
      ...running(state),
      aim: { ...aim, wanted: copy, own: [...aim.own, copy], expected: current.version },
      tries: state.tries + 1,
    }),
  };
}
