import type { IssuerSight, World } from '../../src/rotation/world.js';
import type { RunState } from '../../src/rotation/run.js';
import { stallOf } from '../../src/rotation/run.js';
import type { Fingerprint } from '../../src/rotation/secret.js';
import { RotorError } from '../../src/rotation/errors.js';
import type { Heads, Pin, VersionId } from '../../src/stores/store.js';
import type { FaultName, Replica, State } from './state.js';

/** When it is, as far as the rules can tell: within every deadline of the run, or after all of them. */
export type When = 'soon' | 'late';

export const LATE = 1_000_000_000;

/** One look, and the faults that made it look so. */
export type Seen = { readonly world: World; readonly when: When; readonly spent: readonly FaultName[] };

type Way = { readonly lucky: boolean; readonly stale: boolean; readonly flicker: boolean };

/** Every way in which a look at this state may come out; what a look reads is what `Look` reads in production. */
export function looksAt(
  state: State,
  run: RunState,
  { conflicted, asked }: Pick<Replica, 'conflicted' | 'asked'>,
): Seen[] {
  const { left, kind } = state;
  const seen: Seen[] = [];
  for (const when of whens(state, run)) {
    for (const way of waysOf(state, run)) {
      if (when === 'late' && way.flicker) continue;
      const trouble = conflicted
        ? { trouble: { error: new RotorError('store_conflict', 'moved'), times: 1 } }
        : {};
      const isForAdoption = asked === 'adopt' && stallOf(run) !== undefined;
      const world = { ...(isForAdoption ? watchLook(state) : lookAt(state, run, way)), ...trouble };
      const isDeadline = when === 'late' && kind === 'caller-chosen' && run.state === 'accepting';
      seen.push({ world, when, spent: spentOn(way, isDeadline) });
    }
  }
  if (left.denied > 0 && run.state !== 'preparing' && run.state !== 'prepared' && run.state !== 'anchoring') {
    const error = new RotorError('upstream_forbidden', 'the key may not read this');
    seen.push({
      world: { probes: new Map(), trouble: { error, times: 1 } },
      when: 'late',
      spent: ['denied'],
    });
  }
  return seen;
}

/** Between two runs: everything is asked what it is worth. */
export function watchLook(state: State): World & Required<Pick<World, 'issuer' | 'store'>> {
  const issuer = issuerOf(state, false);
  const store = headsOf(state, false);
  const tokens = [...store.staged, ...(store.current ? [store.current] : [])].map(
    (pin) => pin.fingerprint as string,
  );
  const shown = state.server.hidden ? [] : [state.server.current];
  return { issuer, store, ...probed(state, [...tokens, ...shown]) };
}

function whens({ kind, left }: State, run: RunState): readonly When[] {
  if (kind === 'server-chosen' || run.state !== 'accepting') return ['soon', 'late'];
  return left.deadline > 0 && run.aim.goal === 'candidate' ? ['soon', 'late'] : ['soon'];
}

function waysOf({ left, server, store }: State, run: RunState): Way[] {
  const none = { lucky: false, stale: false, flicker: false };
  const isMixed = server.live[0] !== server.live[1];
  return [
    none,
    ...(left.luck > 0 && isMixed && run.state === 'accepting' ? [{ ...none, lucky: true }] : []),
    ...(left.stale > 0 && store.before !== null ? [{ ...none, stale: true }] : []),
    ...(left.flicker > 0 && server.pending !== null ? [{ ...none, flicker: true }] : []),
  ];
}

function spentOn({ lucky, stale, flicker }: Way, isDeadline: boolean): FaultName[] {
  return [
    ...(lucky ? (['luck'] as const) : []),
    ...(stale ? (['stale'] as const) : []),
    ...(flicker ? (['flicker'] as const) : []),
    ...(isDeadline ? (['deadline'] as const) : []),
  ];
}

function lookAt(state: State, run: RunState, way: Way): World {
  const issuer = issuerOf(state, way.flicker);
  const store = headsOf(state, way.stale);
  const none = new Map<Fingerprint, never>();
  switch (run.state) {
    case 'preparing': {
      if (issuer.busy !== undefined) return { issuer, store, probes: none };
      const staged = store.staged.map((pin) => pin.fingerprint as string);
      const imported = store.current ? [store.current.fingerprint] : [];
      const known = issuer.current === 'unreadable' ? imported : [issuer.current];
      return { issuer, store, ...probed(state, [...known, ...staged]) };
    }
    case 'anchoring':
      return { issuer, store, probes: none };
    case 'prepared':
    case 'setting':
    case 'resetting':
      return { issuer, probes: none };
    case 'accepting': {
      const { wanted, previous } = run.aim;
      const tokens = [
        ...(previous ? [previous.fingerprint] : []),
        ...(issuer.pending ? [] : [wanted.fingerprint]),
      ];
      return { issuer, ...probed(state, tokens, way.lucky) };
    }
    case 'promoting': {
      const { current } = store;
      const isOurs =
        !current || current.version === run.aim.wanted.version || current.version === run.aim.expected;
      return isOurs
        ? { store, probes: none }
        : { store, ...probed(state, [run.aim.wanted.fingerprint, current.fingerprint]) };
    }
    case 'settling': {
      const others = store.staged.filter((pin) => pin.fingerprint !== run.aim.wanted.fingerprint);
      const seen = probed(
        state,
        others.map((pin) => pin.fingerprint),
      );
      return { issuer, store, labelsAgree: true, ...seen };
    }
    case 'settled':
    case 'ended':
      return { probes: none };
  }
}

function issuerOf({ server, kind }: State, flicker: boolean): IssuerSight {
  const common = {
    current: server.hidden ? ('unreadable' as const) : (server.current as Fingerprint),
    // What Rotor sets is in force at once, and has been for as long as a look may ask for.
    steadySince: kind === 'caller-chosen' ? -LATE : 0,
  };
  if (kind === 'caller-chosen') return { ...common, precondition: `p${server.version}` };
  const pending = flicker ? null : server.pending;
  return {
    ...common,
    ...(pending !== null && {
      pending: server.hidden ? ('unreadable' as const) : (pending as Fingerprint),
      busy: 'a plan is pending',
    }),
    attempt: `attempt ${server.version}`,
    ...(server.failedAttempt !== null && { failedAttempt: `failed ${server.failedAttempt}` }),
    precondition: '',
  };
}

function headsOf({ store }: State, stale: boolean): Heads {
  const pin = (version: string): Pin => ({
    version: version as VersionId,
    fingerprint: (store.versions[version] ?? '') as Fingerprint,
  });
  const current = stale ? store.before : store.current;
  return { ...(current !== null && { current: pin(current) }), staged: store.labelled.map(pin) };
}

/** Lucky probes all land on the instance that has switched. */
function probed(
  { server }: State,
  tokens: readonly string[],
  lucky = false,
): Required<Pick<World, 'probes' | 'bogus'>> {
  const live = lucky ? server.live.filter((token) => token === server.current) : server.live;
  const probes = tokens.map((token) => {
    const accepted = live.filter((one) => one === token).length;
    return [token as Fingerprint, { accepted, refused: live.length - accepted, unclear: 0 }] as const;
  });
  return { probes: new Map(probes), bogus: { accepted: 0, refused: live.length, unclear: 0 } };
}
