import type { Heads, Pin, VersionId } from '../../stores/store.js';
import type { Action } from '../action.js';
import { RotorError } from '../errors.js';
import type { Millis, Run, RunIn, StateOf } from '../run.js';
import type { Fingerprint } from '../secret.js';
import type { IssuerSight, World } from '../world.js';
import { acceptedByAll, refusedByAll } from '../world.js';
import { MANY_LABELS } from '../policy.js';
import { LOOK_AGAIN, refuse, refuseIfHopeless, waitOrRefuse } from './verdicts.js';

/** Until something is sent every refusal leaves the world as it was. */
const POLL_MS = 2_000;

export function preparing(run: RunIn<'preparing'>, world: World, now: Millis): Action {
  const seen = bothSeen(run, world, now);
  if ('do' in seen) return seen;
  const { issuer, store } = seen;
  if (acceptsAnyToken(world)) {
    return refuse(
      'authentication_open',
      'the APM Server accepted a random token: its authentication is switched off, so no rotation could be verified',
      'Set a secret token on the APM Server, then run again.',
    );
  }
  if (!refusedByAll(world.bogus))
    return waitOrRefuse(run, unclear('a random token', world.bogus), now, POLL_MS);
  if (store.staged.length > MANY_LABELS && !run.state.tidied) {
    const versions = leftOvers(store, world);
    if (versions.length > 0) return { do: 'release', versions, next: { ...run.state, tidied: true } };
  }
  if (issuer.current === 'unreadable') return unreadable(run, { issuer, store, world, now });
  return withToken(run, issuer.current, { issuer, store, world, now });
}

/** Labels of runs that failed, whose tokens every connection refuses while it is clear which one is in force. */
function leftOvers({ current, staged }: Heads, world: World): VersionId[] {
  const unneeded = staged.filter(
    ({ version, fingerprint }) => version !== current?.version && refusedByAll(world.probes.get(fingerprint)),
  );
  return unneeded.map(({ version }) => version);
}

/** A token that Rotor chooses needs no read of the old one, where the store is proven to hold it. */
function unreadable(run: RunIn<'preparing'>, { issuer, store, world, now }: Seen): Action {
  const { current } = store;
  const acceptance = current && world.probes.get(current.fingerprint);
  const cannotRead = 'the issuer does not show the token in force';
  if (run.issuerKind === 'server-chosen') {
    return refuse(
      'token_unreadable',
      `${cannotRead}, so a lost reply could not be recovered`,
      'Give the credential a role that may read the plan.',
    );
  }
  if (!current || refusedByAll(acceptance)) {
    return refuse(
      'token_unreadable',
      `${cannotRead}, and the store does not hold it either, so there would be no way back`,
      'Put the token that the agents use now into the store, then run again.',
    );
  }
  if (!acceptedByAll(acceptance)) {
    return waitOrRefuse(run, unclear(`the store's token, ${current.fingerprint},`, acceptance), now, POLL_MS);
  }
  if (run.mode === 'adopt') return { do: 'move', to: { state: 'settled', current, oldStillAccepted: false } };
  const note = `${cannotRead}; the store's ${current.fingerprint} is accepted, so that is the one`;
  return { do: 'move', to: preparedState(current, current, issuer), note };
}

type Seen = { issuer: IssuerSight; store: Heads; world: World; now: Millis };

function withToken(run: RunIn<'preparing'>, token: Fingerprint, seen: Seen): Action {
  const { issuer, store, world, now } = seen;
  const acceptance = world.probes.get(token);
  if (refusedByAll(acceptance)) return refusedToken(token, store, world);
  if (!acceptedByAll(acceptance)) {
    return waitOrRefuse(run, unclear(`the token in force, ${token},`, acceptance), now, POLL_MS);
  }
  const current = store.current;
  if (current?.fingerprint === token) {
    if (run.mode === 'adopt')
      return { do: 'move', to: { state: 'settled', current, oldStillAccepted: false } };
    if (run.issuerKind === 'caller-chosen') {
      return { do: 'move', to: preparedState(current, current, issuer), ...warning(token, issuer) };
    }
  }
  const to = { state: 'anchoring', anchor: token, expected: current?.version ?? null } as const;
  return { do: 'move', to, ...warning(token, issuer) };
}

/** A token that somebody else chose is handled as it is; what is wrong with it is said once. */
function warning(token: Fingerprint, { finding }: IssuerSight): { note?: string } {
  return finding === undefined
    ? {}
    : { note: `the token in force, ${token}, is handled as it is, but ${finding}` };
}

/** The issuer's token is refused. A candidate that an earlier run left staged may be what the server runs with. */
function refusedToken(token: Fingerprint, store: Heads, world: World): Action {
  const { current, staged } = store;
  const leftOver = staged.find((pin) => acceptedByAll(world.probes.get(pin.fingerprint)));
  if (leftOver && current && leftOver.fingerprint !== current.fingerprint) {
    const aim = {
      goal: 'candidate',
      wanted: leftOver,
      own: [leftOver],
      expected: current.version,
      issuerShows: token,
    } as const;
    return {
      do: 'move',
      to: { state: 'promoting', aim, tries: 0, oldStillAccepted: false },
      note: `adopting ${leftOver.fingerprint}, left over from an earlier run, because the server accepts it`,
    };
  }
  return refuse(
    'token_refused',
    `the token that the issuer shows, ${token}, is refused by the APM Server`,
    'The APM Server takes its token from elsewhere, for instance from a Fleet policy: find out where, then adopt it.',
  );
}

/**
 * Stores a copy of the token in force. It proves access, key and quota before anything is sent, and it is what an
 * empty or drifted store needs to hold the truth again.
 */
export function anchoring(run: RunIn<'anchoring'>, world: World, now: Millis): Action {
  const seen = bothSeen(run, world, now);
  if ('do' in seen) return seen;
  const { issuer, store } = seen;
  const { state } = run;
  if (issuer.current !== state.anchor)
    return { do: 'move', to: { state: 'preparing' }, note: 'the token changed' };
  const copy = state.copy;
  if (!copy) {
    // Copies that earlier runs left: their token is current anyway, and a version takes 20 labels at the most.
    const leftOver = store.staged.filter(({ fingerprint }) => fingerprint === store.current?.fingerprint);
    if (leftOver.length > 0 && !state.tidied) {
      const versions = leftOver.map(({ version }) => version);
      return { do: 'release', versions, next: { ...state, tidied: true } };
    }
    const { anchor, expected } = state;
    const again = expected === null ? {} : { again: expected };
    return { do: 'stage', token: anchor, base: expected, ...again, next: (pin) => ({ ...state, copy: pin }) };
  }
  if (!store.current) {
    const notYet = new RotorError('store_unavailable', 'the store does not show its current version yet');
    return waitOrRefuse(run, notYet, now, POLL_MS);
  }
  if (store.current.fingerprint === state.anchor) return anchored(run, copy, store.current, issuer, now);
  if (state.expected === copy.version) {
    const stale = new RotorError(
      'store_unavailable',
      'the store does not show the version yet that was made current',
    );
    return waitOrRefuse(run, stale, now, POLL_MS);
  }
  if (store.current.version !== state.expected) {
    return { do: 'move', to: { state: 'preparing' }, note: 'somebody moved the secret' };
  }
  const promoted = { ...state, expected: copy.version };
  return { do: 'promote', version: copy.version, expected: state.expected, next: promoted };
}

function anchored(
  run: RunIn<'anchoring'>,
  copy: Pin,
  current: Pin,
  issuer: IssuerSight,
  now: Millis,
): Action {
  if (run.mode === 'rotate') return { do: 'move', to: preparedState(copy, current, issuer) };
  const aim = { goal: 'candidate', wanted: current, own: [copy], expected: current.version } as const;
  return { do: 'move', to: { state: 'settling', aim, promotedAt: now, oldStillAccepted: false } };
}

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

function preparedState(previous: Pin, current: Pin, issuer: IssuerSight): StateOf<'prepared'> {
  const attempt = issuer.attempt === undefined ? {} : { attempt: issuer.attempt };
  return { state: 'prepared', previous, expected: current.version, ...attempt };
}

function bothSeen(run: Run, world: World, now: Millis): { issuer: IssuerSight; store: Heads } | Action {
  const hopeless = refuseIfHopeless(run, world.trouble, now);
  if (hopeless) return hopeless;
  const { issuer, store } = world;
  if (!issuer || !store) return LOOK_AGAIN;
  if (issuer.moved !== undefined) {
    return refuse('mode_changed', issuer.moved, 'Run again: with `issuer: auto` the next run sets it there.');
  }
  if (issuer.busy === undefined) return { issuer, store };
  const hint = 'Wait for it to complete, or cancel it in the console, then run again.';
  return waitOrRefuse(run, new RotorError('upstream_busy', issuer.busy, { hint }), now, POLL_MS);
}

function acceptsAnyToken(world: World): boolean {
  return (world.bogus?.accepted ?? 0) > 0;
}

function unclear(what: string, seen: World['bogus']): RotorError {
  const { accepted, refused, unclear: none } = seen ?? { accepted: 0, refused: 0, unclear: 0 };
  if (accepted > 0 && refused > 0) {
    const said = `${accepted} fresh connections accepted ${what} and ${refused} refused it: the APM Server's instances disagree`;
    return new RotorError('instances_disagree', said, {
      hint: 'Wait until all instances run with one token.',
    });
  }
  const said = `${none} of ${accepted + refused + none} fresh connections to the APM Server gave no clear answer for ${what}`;
  return new RotorError('upstream_unreachable', said.replace(/,$/, ''), {
    hint: 'Check that its URL is reachable from here and that its certificate is trusted.',
  });
}
