import type { Action } from '../action.js';
import { FLICKER_MS, QUIET_POLL_MS } from '../policy.js';
import type { Millis, RunIn } from '../run.js';
import type { IssuerSight, World } from '../world.js';
import { acceptedByAll, refusedByAll } from '../world.js';
import { acceptingReset } from './prepared.js';
import { LOOK_AGAIN, end, endMoved, running, stall } from './verdicts.js';

/**
 * The reset was sent, or was about to be, and its reply is not known. There is no second request from here: only the
 * plan can tell what happened.
 */
export function resetting(run: RunIn<'resetting'>, world: World, now: Millis): Action {
  const { state, policy } = run;
  const { issuer } = world;
  if (!issuer) return LOOK_AGAIN;
  const shown = issuer.pending ?? issuer.current;
  if (shown === 'unreadable') {
    return issuer.moved === undefined ? unreadable(run, issuer, now) : moved(run, issuer.moved, world, now);
  }
  if (shown !== state.previous.fingerprint) {
    const deadline = now + policy.acceptDeadlineMs;
    const base = state.expected;
    return { do: 'stage', token: shown, base, next: (pin) => acceptingReset(state, pin, deadline, now) };
  }
  if (issuer.busy !== undefined) return { do: 'wait', ms: policy.probeIntervalMs, why: issuer.busy };
  if (issuer.attempt !== state.attempt) return startQuietPeriodAgain(run, issuer, now);
  return quiet(run, issuer, now);
}

function quiet({ state, policy }: RunIn<'resetting'>, issuer: IssuerSight, now: Millis): Action {
  const steady = now - issuer.steadySince >= Math.min(FLICKER_MS, policy.quietPeriodMs);
  if (now < state.quietUntil || !steady) {
    const ms = Math.max(policy.probeIntervalMs, Math.min(state.quietUntil - now, QUIET_POLL_MS));
    return { do: 'wait', ms, why: 'the reset has not been answered; watching the plan for its token' };
  }
  if (issuer.moved !== undefined) return endMoved(issuer.moved, state.previous);
  return end(
    'not_observed',
    `the reset left no trace for the whole quiet period: the token in force is still ${state.previous.fingerprint}, ` +
      'as stored. Nothing was changed. Run again when the API answers.',
    { current: state.previous },
  );
}

/** A plan was applied and the token is the same: someone else's, which says nothing of ours. */
function startQuietPeriodAgain(run: RunIn<'resetting'>, issuer: IssuerSight, now: Millis): Action {
  const { attempt: _old, ...rest } = running(run.state);
  const attempt = issuer.attempt === undefined ? {} : { attempt: issuer.attempt };
  return { do: 'move', to: { ...rest, ...attempt, quietUntil: now + run.policy.quietPeriodMs } };
}

function unreadable({ state, policy }: RunIn<'resetting'>, issuer: IssuerSight, now: Millis): Action {
  if (issuer.pending !== undefined) {
    return {
      do: 'wait',
      ms: policy.probeIntervalMs,
      why: 'a plan is pending whose token cannot be read yet',
    };
  }
  const said =
    'the issuer no longer shows the token in force, so the token of the unanswered reset cannot be read. ' +
    'Give the credential back a role that may read the plan: the run then goes on by itself';
  return stall(state, 'token_unreadable', said, now);
}

/** Nothing shows what became of the reset any more, but for the APM Server itself. */
function moved(run: RunIn<'resetting'>, said: string, world: World, now: Millis): Action {
  const { state, policy } = run;
  const acceptance = world.probes.get(state.previous.fingerprint);
  if (!refusedByAll(world.bogus) || !(acceptedByAll(acceptance) || refusedByAll(acceptance))) {
    return { do: 'wait', ms: policy.probeIntervalMs, why: `${said} The APM Server gives no clear answer` };
  }
  if (refusedByAll(acceptance)) {
    const detail =
      `${said} The reply of the reset was lost, and the APM Server refuses ${state.previous.fingerprint}. ` +
      'Give the rotation `kibana` credentials, so that the token in force can be read: the run then goes on by itself.';
    return stall(state, 'mode_changed', detail, now);
  }
  if (now < state.quietUntil) {
    return {
      do: 'wait',
      ms: policy.probeIntervalMs,
      why: `${said} The APM Server still accepts the old token`,
    };
  }
  return endMoved(said, state.previous);
}
