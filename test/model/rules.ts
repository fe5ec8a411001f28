import type { Action } from '../../src/rotation/action.js';
import { decide } from '../../src/rotation/decide.js';
import { driftOf, type Drift, type Sighting } from '../../src/rotation/drift.js';
import type { Millis, Run, RunState } from '../../src/rotation/run.js';
import type { World } from '../../src/rotation/world.js';

/** What is being checked: the decisions of production, and how the model carries out what they say. */
export type Rules = {
  readonly decide: (run: Run, world: World, now: Millis) => Action;
  readonly drift: (sighting: Sighting) => Drift | undefined;
  /** The key of a version that holds a token which Rotor did not mint. */
  readonly keyOf: (run: number, token: string, again?: string) => string;
  /** Which token a staged version holds is taken from the answer, not from what was sent. */
  readonly readsBack: boolean;
  /** A write to the issuer names the version that was recorded before it. */
  readonly setIsConditional: boolean;
  /** No effect is started by a replica whose lease has gone to another. */
  readonly leaseIsAsked: boolean;
};

/** Of the token that Rotor mints in a run: one key a run, whoever mints. */
export const candidateKey = (run: number): string => `r${run}:candidate`;

export const PRODUCTION: Rules = {
  decide,
  drift: driftOf,
  keyOf: (run, token, again = '') => `r${run}:${token}${again === '' ? '' : `:${again}`}`,
  readsBack: true,
  setIsConditional: true,
  leaseIsAsked: true,
};

/** The rules of recovery, each switched off by a wrapper: what the model finds then is what the rule is for. */
export const WITHOUT = {
  'a taken key is read back': { ...PRODUCTION, readsBack: false },
  'a write names the precondition that was recorded': { ...PRODUCTION, setIsConditional: false },
  'there is never a second reset': deciding((run, action) =>
    endsAs(action, 'not_observed') ? resetAgain(run.state, action) : action,
  ),
  'what the issuer shows instead is adopted': {
    ...PRODUCTION,
    decide: (run, world, now) => decide(run, showingWhatIsWanted(run.state, world), now),
  },
  'a conflict of the promotion is decided by the server': {
    ...PRODUCTION,
    decide: (run, world, now) => takingConflictForDone(run.state, world) ?? decide(run, world, now),
  },
  'a look that is denied is never an end': {
    ...PRODUCTION,
    decide: (run, world, now) =>
      world.trouble?.error.code === 'upstream_forbidden' ? ending('denied') : decide(run, world, now),
  },
  'between two runs the watch looks': { ...PRODUCTION, drift: () => undefined },
  'the way back is a copy of the previous token': deciding((run, action) => withoutCopy(run.state, action)),
  'a token that Rotor did not mint has a key of its own': { ...PRODUCTION, keyOf: candidateKey },
  'no effect starts without a lease': { ...PRODUCTION, leaseIsAsked: false },
} satisfies Record<string, Rules>;

export type RuleName = keyof typeof WITHOUT;

function deciding(change: (run: Run, action: Action) => Action): Rules {
  return { ...PRODUCTION, decide: (run, world, now) => change(run, decide(run, world, now)) };
}

function endsAs(action: Action, reason: string): boolean {
  return action.do === 'move' && action.to.state === 'ended' && action.to.reason === reason;
}

function ending(detail: string): Action {
  return { do: 'move', to: { state: 'ended', outcome: 'failed', detail } };
}

function resetAgain(state: RunState, otherwise: Action): Action {
  if (state.state !== 'resetting') return otherwise;
  const { previous, expected } = state;
  return {
    do: 'reset',
    base: expected,
    intent: state,
    notApplied: state,
    next: (pin) => ({
      state: 'accepting',
      aim: { goal: 'candidate', wanted: pin, own: [pin], previous, expected },
      since: 0,
      deadline: 1,
      resets: 0,
    }),
  };
}

function showingWhatIsWanted(state: RunState, world: World): World {
  if (state.state !== 'accepting' || !world.issuer) return world;
  const { pending: _pending, busy: _busy, ...issuer } = world.issuer;
  return { ...world, issuer: { ...issuer, current: state.aim.wanted.fingerprint } };
}

function takingConflictForDone(state: RunState, { store }: World): Action | undefined {
  if (state.state !== 'promoting' || !store?.current) return undefined;
  const { aim } = state;
  if (store.current.version === aim.expected || store.current.version === aim.wanted.version)
    return undefined;
  return { do: 'move', to: { state: 'settled', current: aim.wanted, oldStillAccepted: false } };
}

function withoutCopy(state: RunState, action: Action): Action {
  if (action.do !== 'stage' || !('aim' in state) || !state.aim.previous) return action;
  const to = action.next(state.aim.previous);
  return to.state === 'setting' && to.aim.goal === 'previous' ? { do: 'move', to } : action;
}
