import type { Heads, Pin } from '../stores/store.js';
import type { Run } from './run.js';
import type { Fingerprint } from './secret.js';
import type { IssuerSight, World } from './world.js';
import { acceptedByAll, refusedByAll } from './world.js';

export type DriftKind =
  | 'changed_outside'
  | 'old_token_back'
  | 'store_edited'
  | 'rotated_by_store'
  | 'target_behind'
  | 'issuer_ahead'
  | 'instances_disagree'
  | 'unknown_token'
  | 'authentication_open';

/** Issuer, APM Server, store and targets no longer agree, although no run is on its way. */
export type Drift = {
  readonly kind: DriftKind;
  /** What was seen, a sentence. */
  readonly detail: string;
  /** An `adopt` run can mend it: the token in force is known. */
  readonly adoptable: boolean;
  /** The one command, or the one thing to do first. */
  readonly repair: string;
  /** The targets that an `adopt` run is for, where the others are well. */
  readonly only?: readonly string[];
};

/** One look between two runs, and what the last settled run left: nothing where none has settled. */
export type Sighting = {
  readonly rotation: string;
  readonly issuer: IssuerSight;
  readonly store: Heads;
  readonly probes: World['probes'];
  readonly bogus?: World['bogus'];
  readonly left?: World['left'];
  readonly last: { readonly current?: Fingerprint; readonly previous?: Fingerprint };
  /** The rotation of the store itself changes the token: a new one is what is expected, and is to be delivered. */
  readonly isDriven?: boolean;
  /** Targets whose instances are seen to run with another token than the current one. */
  readonly behind: readonly string[];
  /** Those of them whose turn somebody has kept from coming. */
  readonly held?: readonly string[];
};

/** What the newest run that settled has left. */
export function lastOf({ state }: Run): { current?: Fingerprint; previous?: Fingerprint } {
  if (state.state !== 'ended' && state.state !== 'settled') return {};
  const { current, previous } = state;
  return {
    ...(current && { current: current.fingerprint }),
    ...(previous && { previous: previous.fingerprint }),
  };
}

/** Pure. One look proves nothing, since a change may be on its way: the watch acts on what two looks in a row show. */
export function driftOf(sighting: Sighting): Drift | undefined {
  const { issuer, store, probes, bogus } = sighting;
  if (issuer.busy !== undefined) return undefined;
  if ((bogus?.accepted ?? 0) > 0) return open(sighting);
  const { current } = store;
  const acceptance = current && probes.get(current.fingerprint);
  if (!current || refusedByAll(acceptance)) return astray(sighting);
  if (acceptedByAll(acceptance)) return aside(sighting, current.fingerprint);
  const isDisagreement = (acceptance?.accepted ?? 0) > 0 && (acceptance?.refused ?? 0) > 0;
  return isDisagreement ? disagreeing(sighting, current.fingerprint) : undefined;
}

/** The store is right; what else is not? */
function aside(sighting: Sighting, current: Fingerprint): Drift | undefined {
  const { rotation, issuer, behind, held = [], isDriven, last } = sighting;
  if (issuer.current !== 'unreadable' && issuer.current !== current) {
    const what = issuer.progress === undefined ? '' : ` (${issuer.progress})`;
    return {
      kind: 'issuer_ahead',
      detail:
        `the issuer holds ${issuer.current}, which the APM Server has not loaded${what}; it still accepts ${current}, ` +
        'as stored: agents will be refused once it does',
      adoptable: false,
      repair: `Put the token back where it was changed, or wait until it is loaded and run: rotor adopt ${rotation}`,
    };
  }
  if (isDriven === true && current !== last.current) {
    const before = last.current === undefined ? 'no token' : last.current;
    const detail = `the rotation of the store has made ${current} current, and ${before} was delivered last`;
    return adoptable('rotated_by_store', detail, rotation);
  }
  if (behind.length > 0)
    return { ...adoptable('target_behind', otherToken(behind, current), rotation), only: behind };
  return held.length === 0
    ? undefined
    : {
        kind: 'target_behind',
        detail: `${otherToken(held, current)}; they were skipped when it was delivered`,
        adoptable: false,
        repair: `When they may get it: rotor redeliver ${rotation} --target ${held.join(' ')}`,
      };
}

function otherToken(targets: readonly string[], current: Fingerprint): string {
  return `${targets.join(', ')} ${targets.length > 1 ? 'run' : 'runs'} with another token than ${current}, which is in force`;
}

/** The store's current token is refused, or there is none. */
function astray(sighting: Sighting): Drift | undefined {
  const { rotation, issuer, store, probes, last } = sighting;
  const held = store.current ? `${store.current.fingerprint}, which it refuses` : 'no token';
  const shown = issuer.current === 'unreadable' ? undefined : issuer.current;
  if (shown !== undefined && acceptedByAll(probes.get(shown))) {
    const [kind, because] = originOf(shown, store, last);
    return adoptable(
      kind,
      `the APM Server accepts ${shown}, and the store holds ${held}: ${because}`,
      rotation,
    );
  }
  const leftOver = store.staged.find(({ fingerprint }) => acceptedByAll(probes.get(fingerprint)));
  if (leftOver) {
    const detail = `the APM Server accepts ${leftOver.fingerprint}, which an earlier run has staged, and the store holds ${held}`;
    return adoptable('changed_outside', detail, rotation);
  }
  const { left } = sighting;
  if (left && acceptedByAll(probes.get(left.fingerprint))) return replaced(left, held, sighting);
  if (shown !== undefined && !refusedByAll(probes.get(shown))) return undefined;
  return {
    kind: 'unknown_token',
    detail: `the APM Server accepts no token that is known: the store holds ${held}, the issuer ${shown ?? 'shows none'}`,
    adoptable: false,
    repair: `Find out which token the APM Server runs with, put it into the store, then run: rotor adopt ${rotation}`,
  };
}

/** What the last run left is in force still, and the store's current version is another. */
function replaced(left: Pin, held: string, { rotation, issuer }: Sighting): Drift {
  const detail = `the APM Server accepts ${left.fingerprint}, as the last run left it, and the store holds ${held}: somebody has edited the store`;
  if (issuer.current !== 'unreadable') return adoptable('store_edited', detail, rotation);
  return {
    kind: 'store_edited',
    detail,
    adoptable: false,
    repair: `Make version ${left.version} of the secret current again, then run: rotor adopt ${rotation}`,
  };
}

/** Without what a run has left nothing tells whose change it was. */
function originOf(
  inForce: Fingerprint,
  { current }: Heads,
  last: Sighting['last'],
): readonly [DriftKind, because: string] {
  if (last.current === undefined)
    return ['changed_outside', 'no run has settled, so it is not known which of the two was changed'];
  if (current?.fingerprint !== last.current) return ['store_edited', 'somebody has edited the store'];
  return inForce === last.previous
    ? ['old_token_back', 'somebody has put the previous token back']
    : ['changed_outside', 'somebody has changed the token outside Rotor'];
}

function adoptable(kind: DriftKind, detail: string, rotation: string): Drift {
  return { kind, detail, adoptable: true, repair: `rotor adopt ${rotation}` };
}

function open({ rotation }: Sighting): Drift {
  return {
    kind: 'authentication_open',
    detail: 'the APM Server accepts any token: its authentication is switched off',
    adoptable: false,
    repair: `Set a secret token on the APM Server, then run: rotor adopt ${rotation}`,
  };
}

function disagreeing({ rotation }: Sighting, current: Fingerprint): Drift {
  return {
    kind: 'instances_disagree',
    detail: `a part of the connections to the APM Server refuses ${current}, which is current in the store`,
    adoptable: false,
    repair: `Restart the instance of the APM Server that stayed behind; then run: rotor adopt ${rotation}`,
  };
}
