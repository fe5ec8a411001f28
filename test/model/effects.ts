import type { Action } from '../../src/rotation/action.js';
import type { RunState } from '../../src/rotation/run.js';
import type { Fingerprint } from '../../src/rotation/secret.js';
import type { VersionId } from '../../src/stores/store.js';
import { record } from './journal.js';
import { candidateKey, type Rules } from './rules.js';
import type { Replica, Request, State, Then } from './state.js';

/** The token of a version that is not staged yet, in the state that follows. */
const NOT_YET = '?' as Fingerprint;

export type Effect = Extract<Action, { do: 'stage' | 'mint' | 'set' | 'reset' | 'promote' | 'release' }>;

/** Sends the one request of an action; what follows from the answer is kept with it. */
export function begin(state: State, me: Replica, index: number, action: Effect, rules: Rules): void {
  const send = sender(state, me, index);
  const staged = (key: string) => ({ version: key as VersionId, fingerprint: NOT_YET });
  switch (action.do) {
    case 'stage': {
      const key = rules.keyOf(me.runNumber, action.token, action.again);
      const { token } = action;
      return send({ does: 'stage', key, token }, { do: 'stage', key, token, next: action.next(staged(key)) });
    }
    case 'mint': {
      const key = candidateKey(me.runNumber);
      state.minted += 1;
      const token = `C${state.minted}`;
      return send({ does: 'stage', key, token }, { do: 'stage', key, token, next: action.next(staged(key)) });
    }
    case 'set': {
      const precondition = rules.setIsConditional ? action.precondition : null;
      const { fingerprint: token } = action.token;
      return send({ does: 'set', token, precondition }, { do: 'record', next: action.next });
    }
    case 'reset': {
      if (!record(state, me, action.intent)) return;
      const next = action.next(staged(NOT_YET));
      return send({ does: 'reset', run: me.runNumber }, { do: 'reset', notApplied: action.notApplied, next });
    }
    case 'promote': {
      const { version, expected } = action;
      return send({ does: 'promote', version, expected }, { do: 'record', next: action.next });
    }
    case 'release':
      state.store.labelled = state.store.labelled.filter(
        (version) => !action.versions.includes(version as VersionId),
      );
      return void record(state, me, action.next);
  }
}

type RequestBody = Request extends infer R ? (R extends Request ? Omit<R, 'id' | 'from'> : never) : never;

/** Goes on with an answer, or looks again where none came. */
export function hear(state: State, me: Replica, index: number, rules: Rules): void {
  const { answer } = me;
  if (!answer) return;
  me.answer = null;
  const { follow: then, said } = answer;
  if (then.do === 'reset') {
    if (said.ok) {
      // Whoever owns the run by now: the token that the reply brings is stored first.
      const token = said.token ?? '';
      const key = rules.keyOf(me.runNumber, token);
      return sender(
        state,
        me,
        index,
      )(
        { does: 'stage', key, token },
        { do: 'stage', key, token, next: named(then.next, key), insists: true },
      );
    }
    if (said.why === 'refused') return void record(state, me, then.notApplied);
  }
  if (said.ok && then.do === 'record') return void record(state, me, then.next);
  if (said.ok && then.do === 'stage') {
    const token = rules.readsBack ? (said.token ?? '') : then.token;
    return void record(state, me, holding(then.next, token));
  }
  if (then.do === 'stage' && then.insists)
    return sender(state, me, index)({ does: 'stage', key: then.key, token: then.token }, then);
  me.conflicted = !said.ok && said.why === 'refused' && state.run.state.state === 'promoting';
  me.sees = null;
}

function sender(state: State, me: Replica, index: number) {
  return (request: RequestBody, follow: Then): void => {
    state.sent += 1;
    state.wire.push({ ...request, id: state.sent, from: index });
    me.waits = { id: state.sent, follow };
  };
}

/** The version and the token of the pin that the answer has brought. */
function named(state: RunState, version: string): RunState {
  return JSON.parse(JSON.stringify(state).replaceAll('"version":"?"', `"version":"${version}"`)) as RunState;
}

function holding(state: RunState, token: string): RunState {
  return JSON.parse(
    JSON.stringify(state).replaceAll('"fingerprint":"?"', `"fingerprint":"${token}"`),
  ) as RunState;
}
