import type { Action } from '../../src/rotation/action.js';
import type { Run, RunState } from '../../src/rotation/run.js';
import { POLICY } from '../rotation/harness.js';
import { begin, hear } from './effects.js';
import { answered, leave, record } from './journal.js';
import { LATE, looksAt, watchLook, type Seen } from './looks.js';
import type { Rules } from './rules.js';
import type { Replica, State } from './state.js';
import { replica } from './state.js';
import type { Move } from './upstreams.js';

/** Everything that a replica may do next, one thing at a time. */
export function replicaMoves(state: State, index: number, rules: Rules): Move[] {
  const self = state.replicas[index];
  if (!self || self.gone || self.waits) return [];
  const by = (what: string, apply: (next: State, own: Replica) => void): Move => ({
    what: `replica ${index}: ${what}`,
    apply: (next) => apply(next, own(next, index)),
  });
  const { answer } = self;
  if (answer) return [by(`hears of its ${answer.follow.do}`, (next, me) => hear(next, me, index, rules))];
  const { sees } = self;
  if (sees === null) return [by('reads the journal', read)];
  return [
    ...hears(state, self).map((what) => by(what, read)),
    ...decisions(state, self, sees, { index, rules, by }),
  ];
}

/** Each look begins with the journal; only what somebody else writes there makes a difference. */
function hears({ run }: State, self: Replica): string[] {
  return run.asked !== null && self.asked === null && self.epoch === run.epoch
    ? ['reads in the journal what a person asks']
    : [];
}

type By = (what: string, apply: (next: State, own: Replica) => void) => Move;

function decisions(
  state: State,
  self: Replica,
  sees: RunState,
  { index, rules, by }: { readonly index: number; readonly rules: Rules; readonly by: By },
): Move[] {
  if (sees.state === 'ended') return nextRuns(state, self, rules).map(({ what, apply }) => by(what, apply));
  return looksAt(state, sees, self).flatMap((seen) => {
    const action = rules.decide(runOf(state, self, sees), seen.world, seen.when === 'late' ? LATE : 0);
    if (action.do === 'wait' || action.do === 'nothing') return [];
    const how = [seen.when, ...seen.spent].join(', ');
    return [
      by(`${sees.state} (${how}): ${nameOf(action)}`, (next, me) =>
        act(next, me, index, { seen, rules, sees }),
      ),
    ];
  });
}

/** A replica that was paused, or died: another one takes its work. */
export function takeovers(state: State): Move[] {
  if (state.left.takeover === 0) return [];
  return [
    {
      what: 'the lease goes to another replica',
      apply: (next) => {
        next.left.takeover -= 1;
        next.run.epoch += 1;
        next.replicas.push(replica(next.run.epoch, next.run.number));
      },
    },
  ];
}

/** A request that is still on the wire when its sender gives up. */
export function timeouts(state: State): Move[] {
  if (state.left.slow === 0) return [];
  return state.replicas.flatMap(({ waits }, index) =>
    waits === null
      ? []
      : [
          {
            what: `replica ${index}: times out, its request is still on the wire`,
            apply: (next: State) => {
              const me = own(next, index);
              next.left.slow -= 1;
              me.answer = { follow: waits.follow, said: { ok: false, why: 'unknown' } };
              me.waits = null;
            },
          },
        ],
  );
}

function own(state: State, index: number): Replica {
  const found = state.replicas[index];
  if (!found) throw new Error(`there is no replica ${index}`);
  return found;
}

function runOf({ kind, run }: State, { runNumber, asked }: Replica, state: RunState): Run {
  return {
    id: `r${runNumber}`,
    rotation: 'checkout',
    mode: run.mode,
    trigger: { kind: 'api', reason: 'model' },
    issuerKind: kind,
    storeKey: 'store',
    spec: {},
    policy: POLICY,
    state,
    ...(asked !== null && { asked: { what: asked, reason: 'model' } }),
    deliveries: [],
    measure: {},
    startedAt: 0,
  };
}

function nameOf(action: Action): string {
  return action.do === 'move' || action.do === 'stall' ? `${action.do} to ${action.to.state}` : action.do;
}

function read(state: State, me: Replica): void {
  me.sees = state.run.state;
  me.asked = state.run.asked;
}

type Deciding = { readonly seen: Seen; readonly rules: Rules; readonly sees: RunState };

function act(state: State, me: Replica, index: number, { seen, rules, sees }: Deciding): void {
  const run = runOf(state, me, sees);
  const action = rules.decide(run, seen.world, seen.when === 'late' ? LATE : 0);
  const hasLease = me.epoch === state.run.epoch;
  for (const fault of seen.spent) state.left[fault] -= 1;
  if (action.do === 'move' || action.do === 'stall') return void record(state, me, action.to);
  if (action.do === 'answer') return answered(state, me);
  if (action.do === 'deliver' || action.do === 'wait' || action.do === 'nothing') return;
  if (!hasLease && rules.leaseIsAsked) return leave(me);
  if (!hasLease) state.broken = 'an effect was started without a lease';
  begin(state, me, index, action, rules);
}

type Doing = { readonly what: string; readonly apply: (state: State, me: Replica) => void };

/** The run has ended: where issuer, store and server are out of step, an `adopt` run mends it. */
function nextRuns(state: State, self: Replica, rules: Rules): Doing[] {
  if (self.epoch !== state.run.epoch) return [];
  const runs: Doing[] = [];
  if (state.left.again > 0) {
    runs.push({
      what: 'the next rotation is due',
      apply: (next, me) => {
        next.left.again -= 1;
        openRun(next, me, 'rotate');
      },
    });
  }
  const drift = rules.drift({ rotation: 'checkout', ...watchLook(state), last: {}, behind: [] });
  if (drift?.adoptable) {
    runs.push({ what: `the watch adopts, ${drift.kind}`, apply: (next, me) => openRun(next, me, 'adopt') });
  }
  return runs;
}

function openRun(state: State, me: Replica, mode: Run['mode']): void {
  const { number, epoch } = state.run;
  state.run = { number: number + 1, mode, state: { state: 'preparing' }, epoch: epoch + 1, asked: null };
  Object.assign(me, replica(epoch + 1, number + 1));
}
