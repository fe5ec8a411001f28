import type { Heads, Pin, VersionId } from '../../stores/store.js';
import type { Action } from '../action.js';
import { RotorError } from '../errors.js';
import { MANY_LABELS } from '../policy.js';
import type { Millis, RunIn, StateOf } from '../run.js';
import type { Fingerprint } from '../secret.js';
import type { IssuerSight, World } from '../world.js';
import { acceptedByAll, refusedByAll } from '../world.js';
import { bothSeen, POLL_MS, preparedState } from './before-sending.js';
import { refuse, waitOrRefuse } from './verdicts.js';

/** The token in force is known, readable and accepted, and a random one is refused: or nothing is begun. */
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
  const other = otherThanPlanned(run, current.fingerprint);
  if (other !== undefined) return refuse('plan_stale', other, PLAN_AGAIN);
  if (run.mode === 'rehearse') {
    return refuse(
      'token_unreadable',
      `${cannotRead}, so that no copy of it could be written, and the store would not be tried`,
      'Look at issuer, store and targets with `rotor verify` instead.',
    );
  }
  if (run.mode !== 'rotate') return { do: 'move', to: inPlace(current, store, now) };
  const note = `${cannotRead}; the store's ${current.fingerprint} is accepted, so that is the one`;
  return { do: 'move', to: preparedState(current, current, issuer), note };
}

/** Nothing is written to the store; its replicas may still have to follow, or not do so. */
function inPlace(
  current: Pin,
  { replicas = [] }: Heads,
  now: Millis,
): StateOf<'settled'> | StateOf<'settling'> {
  if (replicas.every(({ state }) => state === 'in_sync'))
    return { state: 'settled', current, oldStillAccepted: false };
  const aim = { goal: 'candidate', wanted: current, own: [], expected: current.version } as const;
  return { state: 'settling', aim, promotedAt: now, oldStillAccepted: false };
}

type Seen = { issuer: IssuerSight; store: Heads; world: World; now: Millis };

function withToken(run: RunIn<'preparing'>, token: Fingerprint, seen: Seen): Action {
  const { issuer, store, world, now } = seen;
  const other = otherThanPlanned(run, token);
  if (other !== undefined) return refuse('plan_stale', other, PLAN_AGAIN);
  const acceptance = world.probes.get(token);
  if (refusedByAll(acceptance)) return refusedToken(token, store, world);
  if (!acceptedByAll(acceptance)) {
    return waitOrRefuse(run, unclear(`the token in force, ${token},`, acceptance), now, POLL_MS);
  }
  const current = store.current;
  if (current?.fingerprint === token) {
    if (run.mode === 'adopt') return { do: 'move', to: inPlace(current, store, now) };
    if (run.mode === 'rotate' && run.issuerKind === 'caller-chosen') {
      return { do: 'move', to: preparedState(current, current, issuer), ...warning(token, issuer) };
    }
  }
  const to = { state: 'anchoring', anchor: token, expected: current?.version ?? null } as const;
  return { do: 'move', to, ...warning(token, issuer) };
}

const PLAN_AGAIN = 'Make another plan, and look at it.';

function otherThanPlanned({ planned, resource }: RunIn<'preparing'>, token: Fingerprint): string | undefined {
  if (!planned) return undefined;
  if (resource !== undefined && resource.key !== planned.resource)
    return `the plan is for ${planned.resource}, and the config means ${resource.key} by now`;
  return token === planned.fingerprint
    ? undefined
    : `the plan replaces ${planned.fingerprint}, and the token in force is ${token} by now`;
}

/** A token that somebody else chose is handled as it is; what is wrong with it is said once. */
function warning(token: Fingerprint, { finding }: IssuerSight): { note?: string } {
  return finding === undefined
    ? {}
    : { note: `the token in force, ${token}, is handled as it is, but ${finding}` };
}

/** The issuer's token is refused. What an earlier run left, staged or current, may be what the server runs with. */
function refusedToken(token: Fingerprint, store: Heads, world: World): Action {
  const { current, staged } = store;
  const left = world.left ? [world.left] : [];
  const leftOver = [...staged, ...left].find((pin) => acceptedByAll(world.probes.get(pin.fingerprint)));
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
