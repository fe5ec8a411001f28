import type { Pin } from '../../stores/store.js';
import type { Action } from '../action.js';
import { RotorError } from '../errors.js';
import type { Millis, RunIn } from '../run.js';
import type { IssuerSight, World } from '../world.js';
import { bothSeen, POLL_MS, preparedState } from './before-sending.js';
import { waitOrRefuse } from './verdicts.js';

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
  // A rehearsal writes although the store holds the token: the copy is to become current as a new token would.
  const isThere = run.mode !== 'rehearse' || store.current.version === copy.version;
  if (isThere && store.current.fingerprint === state.anchor)
    return anchored(run, copy, store.current, issuer, now);
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
