import type { Action } from '../action.js';
import { FLICKER_MS } from '../policy.js';
import type { Millis, Resets, RunIn, StateOf } from '../run.js';
import type { Fingerprint } from '../secret.js';
import type { Acceptance, IssuerSight, World } from '../world.js';
import { acceptedByAll, refusedByAll } from '../world.js';
import { aimingAt, rollBack } from './setting.js';
import { LOOK_AGAIN, end, endMoved, running, stall } from './verdicts.js';

/**
 * The token is on its way. Promotion needs both: the issuer shows it, and K fresh connections each say that it is
 * accepted, that the old one is refused, and that a random one is refused.
 */
export function accepting(run: RunIn<'accepting'>, world: World, now: Millis): Action {
  const { state, policy } = run;
  const { issuer } = world;
  if (!issuer) return LOOK_AGAIN;
  const { wanted } = state.aim;
  if (issuer.pending !== undefined) {
    if (issuer.pending === 'unreadable' || issuer.pending === wanted.fingerprint) {
      return { do: 'wait', ms: policy.probeIntervalMs, why: 'the plan with the new token is being applied' };
    }
    return adopt(run, issuer.pending);
  }
  if (issuer.current === 'unreadable' || issuer.current === wanted.fingerprint)
    return judge(run, issuer, world, now);
  return elsewhere(run, issuer, issuer.current, world, now);
}

/** The issuer is settled on another token than the wanted one. */
function elsewhere(
  run: RunIn<'accepting'>,
  issuer: IssuerSight,
  current: Fingerprint,
  world: World,
  now: Millis,
): Action {
  const { aim } = run.state;
  if (aim.goal === 'previous' && aim.own.some((pin) => pin.fingerprint === current)) {
    return setAgain(run, issuer, run.state.resets);
  }
  if (current !== aim.previous?.fingerprint) return adopt(run, current);
  return run.issuerKind === 'server-chosen' ? planFailed(run, issuer, now) : putBack(run, issuer, world, now);
}

/**
 * Back on the previous token after a reset. One read proves nothing, since a plan may not be listed yet: either the
 * failed attempt is listed, or nothing has stirred for the whole quiet period.
 */
function planFailed({ state, policy }: RunIn<'accepting'>, issuer: IssuerSight, now: Millis): Action {
  const steadyFor = now - issuer.steadySince;
  const flicker = Math.min(FLICKER_MS, policy.quietPeriodMs);
  const isListed = issuer.failedAttempt !== undefined && issuer.failedAttempt !== state.aim.failedBefore;
  const failed = isListed && steadyFor >= flicker;
  if (!failed && (steadyFor < policy.quietPeriodMs || now < state.since + policy.quietPeriodMs)) {
    return { do: 'wait', ms: policy.probeIntervalMs, why: 'the issuer still shows the previous token' };
  }
  const { previous, wanted } = state.aim;
  if (issuer.moved !== undefined && previous) return endMoved(issuer.moved, previous);
  const detail =
    `the plan that should have applied ${wanted.fingerprint} did not go through: the token in force is still ` +
    `${previous?.fingerprint}, which is current in the store. Look at the plan in the console, then run again.`;
  return end('plan_failed', detail, previous && { current: previous });
}

/** Somebody put the previous token back: set ours again, twice, then leave it to people. */
function putBack(run: RunIn<'accepting'>, issuer: IssuerSight, world: World, now: Millis): Action {
  const { state, policy } = run;
  if (state.resets < 2) return setAgain(run, issuer, (state.resets + 1) as Resets);
  const { previous, wanted } = state.aim;
  // What an instance has fetched before it was put back may take effect after a look that shows all of them on the old one.
  const isSteady = now - issuer.steadySince >= Math.min(FLICKER_MS, policy.quietPeriodMs);
  if (isSteady && acceptedByAll(oldAcceptance(run, world))) {
    const detail =
      `somebody puts ${previous?.fingerprint} back each time that ${wanted.fingerprint} is set; the store still holds ` +
      `${previous?.fingerprint} as current. Find out who (GitOps, Terraform, an operator), then run again.`;
    return end('contested', detail, previous && { current: previous });
  }
  const why = `the issuer shows ${previous?.fingerprint} again; watching whether every connection stays on it`;
  if (now < state.deadline) return { do: 'wait', ms: policy.probeIntervalMs, why };
  const said = `${why}. Both tokens are in the store. Restart the instance that stays behind: the run then goes on by itself.`;
  return stall(state, 'instances_disagree', said, now);
}

function setAgain({ state }: RunIn<'accepting'>, issuer: IssuerSight, resets: Resets): Action {
  const { aim } = state;
  const to = { state: 'setting', aim, precondition: issuer.precondition, tries: 0, resets } as const;
  return { do: 'move', to, note: 'the token was put back: setting it again' };
}

function adopt({ state }: RunIn<'accepting'>, token: Fingerprint): Action {
  const rest = running(state);
  const { aim } = state;
  return { do: 'stage', token, base: aim.expected, next: (pin) => ({ ...rest, aim: aimingAt(aim, pin) }) };
}

function judge(run: RunIn<'accepting'>, issuer: IssuerSight, world: World, now: Millis): Action {
  const { state, policy } = run;
  const { aim } = state;
  if ((world.bogus?.accepted ?? 0) > 0) {
    const detail =
      `the APM Server accepts any token, so nothing proves ${aim.wanted.fingerprint}. It is staged in the store and not ` +
      'current. Switch authentication on again: the run then goes on by itself.';
    return stall(state, 'authentication_open', detail, now);
  }
  const fresh = world.probes.get(aim.wanted.fingerprint);
  const old = oldAcceptance(run, world);
  const late = now >= state.deadline;
  if (acceptedByAll(fresh) && refusedByAll(world.bogus)) {
    if (old === undefined || refusedByAll(old)) return promote(aim, false);
    // Both accepted everywhere: something in between knows both. A part of the connections would be an instance.
    if (late && acceptedByAll(old)) return promote(aim, true);
  }
  if (refusedByAll(fresh) && acceptedByAll(old)) {
    const verdict = stayedOnPrevious(run, issuer, now);
    if (verdict) return verdict;
  }
  if (!late) return { do: 'wait', ms: policy.probeIntervalMs, why: notYet(issuer) };
  return tooLate(run, fresh, now);
}

/** Every connection is on the old token, and there is a reason to believe that waiting will not change it. */
function stayedOnPrevious(run: RunIn<'accepting'>, issuer: IssuerSight, now: Millis): Action | undefined {
  const { state, policy, issuerKind } = run;
  const { aim, deadline, resets } = state;
  if (issuer.moved !== undefined && issuerKind === 'server-chosen') return planFailed(run, issuer, now);
  const isSteady =
    now - Math.max(issuer.steadySince, state.since) >= Math.min(FLICKER_MS, policy.quietPeriodMs);
  if (issuer.rejected === undefined || !isSteady || aim.goal === 'previous') return undefined;
  return rollBack(aim, resets, deadline, issuer.rejected);
}

function notYet({ progress }: IssuerSight): string {
  const said = 'not every connection accepts the new token yet';
  return progress === undefined ? said : `${said}: ${progress}`;
}

/** After a roll back, or where ours equals the old one, there is no older token to see refused. */
function oldAcceptance({ state }: RunIn<'accepting'>, world: World): Acceptance | undefined {
  const { previous, wanted } = state.aim;
  if (!previous || previous.fingerprint === wanted.fingerprint) return undefined;
  return world.probes.get(previous.fingerprint) ?? { accepted: 0, refused: 0, unclear: 1 };
}

function promote(aim: StateOf<'accepting'>['aim'], oldStillAccepted: boolean): Action {
  return { do: 'move', to: { state: 'promoting', aim, tries: 0, oldStillAccepted } };
}

function tooLate(run: RunIn<'accepting'>, fresh: Acceptance | undefined, now: Millis): Action {
  const { state, issuerKind } = run;
  const { aim } = state;
  const { accepted, refused, unclear } = fresh ?? { accepted: 0, refused: 0, unclear: 0 };
  if (issuerKind === 'caller-chosen' && aim.goal === 'candidate') {
    const back = rollBack(aim, state.resets, state.deadline, 'the new token was not accepted in time');
    if (back) return back;
  }
  const disagree = accepted > 0;
  const said = `of ${accepted + refused + unclear} fresh connections ${accepted} accepted the new token ${aim.wanted.fingerprint}`;
  const why = disagree
    ? `${said}: an instance of the APM Server stays on another token. Restart it`
    : `${said}, although the issuer shows it in force. Look at the APM Server's log`;
  const held = `Both tokens are in the store, ${aim.previous?.fingerprint ?? 'the old one'} as current`;
  return stall(
    state,
    disagree ? 'instances_disagree' : 'not_accepted',
    `${why}. ${held}: the run goes on by itself.`,
    now,
  );
}
