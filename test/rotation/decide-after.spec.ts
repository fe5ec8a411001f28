import { describe, expect, it } from '@jest/globals';
import { RotorError } from '../../src/rotation/errors.js';
import type { StateOf } from '../../src/rotation/run.js';
import type { World } from '../../src/rotation/world.js';
import type { Heads } from '../../src/stores/store.js';
import {
  ACCEPTING,
  AIM,
  at,
  FOREIGN,
  movesTo,
  MUTE,
  NEW,
  NO,
  NOW,
  OLD,
  SECOND,
  sight,
  worldOf,
  YES,
} from './sights.js';

const FOREIGN_SAYS = (acceptance: World['bogus']) => [[FOREIGN.fingerprint, acceptance]] as never;

describe('a store that somebody has moved', () => {
  const PROMOTING: StateOf<'promoting'> = { state: 'promoting', aim: AIM, tries: 0, oldStillAccepted: false };
  const moved = (ours: World['bogus'], theirs: World['bogus'], tries = 0) => {
    const { probes } = worldOf(sight(), { new: ours ?? NO });
    const all = new Map([...probes, ...(FOREIGN_SAYS(theirs) as [])]);
    return at({ ...PROMOTING, tries }, 'server-chosen', {
      probes: all,
      store: { current: FOREIGN, staged: [] },
    });
  };

  it('gets the token again, on top, while the APM Server accepts it', () => {
    expect(moved(YES, NO)).toMatchObject({ do: 'stage', token: NEW.fingerprint, base: FOREIGN.version });
  });

  it('gets it three times; then a person is asked', () => {
    expect(moved(YES, NO, 2)).toMatchObject({ do: 'stage' });
    expect(moved(YES, NO, 3)).toMatchObject({ do: 'stall', reason: 'store_conflict' });
  });

  it('is right where the APM Server accepts what it holds now', () => {
    expect(moved(NO, YES)).toMatchObject({ to: { state: 'ended', reason: 'superseded', current: FOREIGN } });
  });

  it('is asked again where the APM Server gives no clear answer', () => {
    expect(moved(MUTE, NO)).toMatchObject({ do: 'wait' });
  });

  it('is proven again where the APM Server accepts neither', () => {
    expect(moved(NO, NO)).toEqual(movesTo('accepting'));
  });
});

describe('a promoted token settles', () => {
  const SETTLING: StateOf<'settling'> = {
    state: 'settling',
    aim: AIM,
    promotedAt: NOW - SECOND,
    oldStillAccepted: false,
  };
  const settling = (store: Heads, over: Partial<World> = {}, state: Partial<StateOf<'settling'>> = {}) =>
    at({ ...SETTLING, ...state }, 'server-chosen', {
      ...worldOf(sight()),
      store,
      labelsAgree: true,
      ...over,
    });

  it('waits a minute for replicas, and says of those that are behind by then', () => {
    const replicas = [
      { place: 'eu-west-1', state: 'in_sync' },
      { place: 'us-west-2', state: 'in_progress' },
    ] as const;
    const store = { current: NEW, staged: [], replicas };
    expect(settling(store)).toMatchObject({ do: 'wait', why: expect.stringContaining('in us-west-2 does') });
    const late = settling(store, {}, { promotedAt: NOW - 61 * SECOND });
    const behind =
      'The replica of the secret may still have the old token in us-west-2 (in progress): see aws secretsmanager describe-secret.';
    expect(late).toMatchObject({
      do: 'move',
      note: behind,
      to: { state: 'settled', replicasBehind: behind },
    });
    expect(settling({ ...store, replicas: replicas.slice(0, 1) })).toEqual(movesTo('settled'));
  });

  it('waits for no replica that has failed, and says why it has', () => {
    const replicas = [{ place: 'us-west-2', state: 'failed', why: 'Access denied to the KMS key.' }] as const;
    expect(settling({ current: NEW, staged: [NEW], replicas })).toMatchObject({
      do: 'release',
      note: expect.stringContaining('us-west-2 (failed: Access denied to the KMS key)'),
      next: { state: 'settled', replicasBehind: expect.any(String) },
    });
  });

  it('when all reads of the label agree on it', () => {
    expect(settling({ current: NEW, staged: [] })).toEqual(movesTo('settled'));
    expect(settling({ current: NEW, staged: [] }, { labelsAgree: false })).toMatchObject({ do: 'wait' });
  });

  it('not while the label may lag behind the promotion; after a minute somebody has moved it back', () => {
    expect(settling({ current: OLD, staged: [] })).toMatchObject({ do: 'wait' });
    const later = settling({ current: OLD, staged: [] }, {}, { promotedAt: NOW - 61 * SECOND });
    expect(later).toEqual(movesTo('promoting'));
  });

  it('not where somebody has made another version current', () => {
    expect(settling({ current: FOREIGN, staged: [] })).toEqual(movesTo('promoting'));
  });

  it('not where the issuer shows another token by now', () => {
    const elsewhere = { issuer: sight({ current: FOREIGN.fingerprint }) };
    expect(settling({ current: NEW, staged: [] }, elsewhere)).toEqual(movesTo('accepting'));
  });

  it('and from then on is the one to stay on: an older one that comes back is adopted, not called current', () => {
    const back = { issuer: sight({ current: OLD.fingerprint }) };
    const action = settling({ current: NEW, staged: [] }, back);
    if (action.do !== 'move') throw new Error(`it does ${action.do}`);
    expect(action.to).toMatchObject({ aim: { previous: NEW, expected: NEW.version } });
    const next = at(
      action.to,
      'server-chosen',
      worldOf(sight({ current: OLD.fingerprint }), { old: YES, new: NO }),
    );
    expect(next).toMatchObject({ do: 'stage', token: OLD.fingerprint, base: NEW.version });
  });

  it('and gives up its own label, and those of older tokens that every connection refuses, and no other', () => {
    const staged = [NEW, OLD, FOREIGN];
    const probes = new Map([...worldOf(sight(), { old: NO }).probes, ...(FOREIGN_SAYS(YES) as [])]);
    const action = settling({ current: NEW, staged }, { probes });
    expect(action).toMatchObject({ do: 'release', versions: [NEW.version, OLD.version] });
  });

  it('after a way back, and keeps the label of the candidate: it was sent, and no later token is in force', () => {
    const back = { ...AIM, goal: 'previous', wanted: OLD, gaveUp: 'it was refused' } as const;
    const probes = worldOf(sight({ current: OLD.fingerprint }), { new: NO, old: YES }).probes;
    const issuer = sight({ current: OLD.fingerprint });
    const action = settling({ current: OLD, staged: [NEW] }, { probes, issuer }, { aim: back });
    expect(action).toMatchObject({ do: 'move', to: { state: 'ended', reason: 'rolled_back' } });
  });
});

describe('a resource that is said to be gone', () => {
  const gone = (times: number) => {
    const error = new RotorError('upstream_not_found', 'there is no such deployment');
    return at(ACCEPTING, 'server-chosen', { probes: new Map(), trouble: { error, times } });
  };

  it('is believed to be when the issuer has said so again and again', () => {
    expect(gone(1)).toMatchObject({ do: 'wait' });
    expect(gone(3)).toMatchObject({ to: { state: 'ended', reason: 'resource_gone' } });
  });
});
