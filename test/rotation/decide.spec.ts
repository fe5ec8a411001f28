import { describe, expect, it } from '@jest/globals';
import type { Action } from '../../src/rotation/action.js';
import type { StateOf } from '../../src/rotation/run.js';
import type { IssuerSight } from '../../src/rotation/world.js';
import { POLICY } from './harness.js';
import {
  ACCEPTING,
  AIM,
  at,
  FOREIGN,
  LONG_AGO,
  MINUTE,
  movesTo,
  MUTE,
  NEW,
  NO,
  NOW,
  OLD,
  pin,
  SECOND,
  sight,
  worldOf,
  YES,
  type Said,
} from './sights.js';

const RESETTING: StateOf<'resetting'> = {
  state: 'resetting',
  previous: OLD,
  expected: OLD.version,
  attempt: 'attempt-1',
  intentAt: LONG_AGO,
  quietUntil: NOW - SECOND,
};

describe('a token that is on its way is promoted', () => {
  it('where the issuer shows it and every connection agrees', () => {
    expect(at(ACCEPTING, 'server-chosen', worldOf(sight()))).toEqual(movesTo('promoting'));
  });

  it.each<[string, Partial<IssuerSight>, Said]>([
    ['its change is still pending', { current: OLD.fingerprint, pending: NEW.fingerprint }, {}],
    ['another change is pending', { pending: 'unreadable' }, {}],
    ['it is not known whether a random token is refused', {}, { bogus: MUTE }],
    ['a part of the connections accepts the old one', {}, { old: { accepted: 1, refused: 9, unclear: 0 } }],
    [
      'a part of the connections says nothing of the old one',
      {},
      { old: { accepted: 0, refused: 9, unclear: 1 } },
    ],
    ['a part of the connections refuses it', {}, { new: { accepted: 9, refused: 1, unclear: 0 } }],
  ])('but not while %s', (_case, issuer, said) => {
    for (const kind of ['server-chosen', 'caller-chosen'] as const) {
      expect(at(ACCEPTING, kind, worldOf(sight(issuer), said))).toMatchObject({ do: 'wait' });
    }
  });
});

describe('a reset whose plan shows the old token again', () => {
  const back = (over: Partial<IssuerSight>): Action =>
    at(
      ACCEPTING,
      'server-chosen',
      worldOf(sight({ current: OLD.fingerprint, ...over }), { old: YES, new: NO }),
    );

  it('has failed once the failed attempt is listed and has been for longer than a flicker', () => {
    expect(back({ failedAttempt: 'attempt-2' })).toMatchObject({ to: { reason: 'plan_failed' } });
    expect(back({ failedAttempt: 'attempt-2', steadySince: NOW - 5 * SECOND })).toMatchObject({ do: 'wait' });
  });

  it('has not failed where only a failure from before it is listed', () => {
    const known = { ...ACCEPTING, since: NOW - MINUTE, aim: { ...AIM, failedBefore: 'attempt-0' } };
    const world = worldOf(sight({ current: OLD.fingerprint, failedAttempt: 'attempt-0' }), {
      old: YES,
      new: NO,
    });
    expect(at(known, 'server-chosen', world)).toMatchObject({ do: 'wait' });
  });
});

describe('a reset that was not answered', () => {
  const quiet = (over: Partial<IssuerSight>): Action =>
    at(RESETTING, 'server-chosen', {
      probes: new Map(),
      issuer: sight({ current: OLD.fingerprint, ...over }),
    });

  it('is looked for every few seconds however long the quiet period is, since the plan alone may know its token', () => {
    const look = { probes: new Map(), issuer: sight({ current: OLD.fingerprint }) };
    const until = (quietUntil: number): Action => at({ ...RESETTING, quietUntil }, 'server-chosen', look);
    expect(until(NOW + 60 * MINUTE)).toMatchObject({ do: 'wait', ms: 5_000 });
    expect(until(NOW + 2 * SECOND)).toMatchObject({ do: 'wait', ms: 2_000 });
  });

  it('was not carried out where nothing has stirred for the quiet period', () => {
    expect(quiet({})).toMatchObject({ to: { state: 'ended', reason: 'not_observed' } });
  });

  it.each<[string, Partial<IssuerSight>]>([
    ['something has just changed', { steadySince: NOW - 5 * SECOND }],
    ['something is going on', { busy: 'its status is reconfiguring' }],
  ])('is waited for while %s', (_case, over) => {
    expect(quiet(over)).toMatchObject({ do: 'wait' });
  });

  it('is waited for anew after a change of somebody else that kept the token', () => {
    expect(quiet({ attempt: 'attempt-2' })).toMatchObject({
      do: 'move',
      to: { state: 'resetting', attempt: 'attempt-2', quietUntil: NOW + POLICY.quietPeriodMs },
    });
  });

  it('is found in the plan, and staged before anything else', () => {
    expect(quiet({ pending: NEW.fingerprint })).toMatchObject({ do: 'stage', token: NEW.fingerprint });
  });
});

describe('a run that is ready to change something', () => {
  const PREPARED: StateOf<'prepared'> = { state: 'prepared', previous: OLD, expected: OLD.version };
  const prepared = (over: Partial<IssuerSight>): Action =>
    at(PREPARED, 'server-chosen', {
      probes: new Map(),
      issuer: sight({ current: OLD.fingerprint, ...over }),
    });

  it('looks once more, and checks everything again where the world is another one by now', () => {
    expect(prepared({})).toMatchObject({ do: 'reset' });
    for (const over of [
      { busy: 'a plan is pending' },
      { current: FOREIGN.fingerprint },
      { moved: 'to Fleet' },
    ]) {
      expect(prepared(over)).toEqual(movesTo('preparing'));
    }
  });
});

describe('a token that Rotor sets', () => {
  const SETTING: StateOf<'setting'> = {
    state: 'setting',
    aim: AIM,
    precondition: 'p-1',
    tries: 0,
    resets: 0,
  };
  const setting = (over: Partial<IssuerSight>): Action =>
    at(SETTING, 'caller-chosen', { probes: new Map(), issuer: sight(over) });

  it('is written on the recorded precondition, until a definite success', () => {
    expect(setting({})).toMatchObject({ do: 'set', precondition: 'p-1', next: { state: 'accepting' } });
  });

  it('records another precondition before it writes on it', () => {
    expect(setting({ precondition: 'p-2' })).toMatchObject({
      do: 'move',
      to: { state: 'setting', precondition: 'p-2' },
    });
  });

  it('gives way to a foreign one', () => {
    const action = setting({ current: FOREIGN.fingerprint, precondition: 'p-2' });
    expect(action).toMatchObject({ do: 'stage', token: FOREIGN.fingerprint });
  });

  it('goes back to a copy of the old one under a version of its own, never to the old version itself', () => {
    const late = { ...ACCEPTING, deadline: NOW - SECOND };
    const action = at(late, 'caller-chosen', worldOf(sight(), { old: YES, new: NO }));
    const copy = { ...pin('copy'), fingerprint: OLD.fingerprint };
    if (action.do !== 'stage') throw new Error(`expected a copy to be staged, found ${action.do}`);
    expect(action).toMatchObject({ token: OLD.fingerprint, base: OLD.version, again: NEW.version });
    expect(action.next(copy)).toMatchObject({ state: 'setting', aim: { goal: 'previous', wanted: copy } });
  });
});

describe('a token that is put back a third time', () => {
  const putBack = (said: Said, deadline = NOW + SECOND): Action =>
    at(
      { ...ACCEPTING, resets: 2, deadline },
      'caller-chosen',
      worldOf(sight({ current: OLD.fingerprint }), said),
    );

  it('is left to people once every connection is back on the old one', () => {
    expect(putBack({ old: YES, new: NO })).toMatchObject({
      to: { state: 'ended', reason: 'contested', current: OLD },
    });
  });

  it('ends nothing at the first look that shows it: an instance may yet take what it has fetched before', () => {
    const justSeen = sight({ current: OLD.fingerprint, steadySince: NOW });
    const state = { ...ACCEPTING, resets: 2 } as const;
    expect(at(state, 'caller-chosen', worldOf(justSeen, { old: YES, new: NO }))).toMatchObject({
      do: 'wait',
    });
  });

  it('ends nothing while an instance is still on its way back, and asks for a person when it stays there', () => {
    const halfway = {
      old: { accepted: 7, refused: 3, unclear: 0 },
      new: { accepted: 3, refused: 7, unclear: 0 },
    };
    expect(putBack(halfway)).toMatchObject({ do: 'wait' });
    expect(putBack(halfway, NOW)).toMatchObject({ do: 'stall', reason: 'instances_disagree' });
  });
});

describe('a promotion', () => {
  const PROMOTING: StateOf<'promoting'> = { state: 'promoting', aim: AIM, tries: 0, oldStillAccepted: false };

  it('is conditional on the version that was recorded, whatever has become current since', () => {
    const recorded = at(PROMOTING, 'server-chosen', {
      ...worldOf(sight()),
      store: { current: OLD, staged: [] },
    });
    expect(recorded).toMatchObject({ do: 'promote', version: NEW.version, expected: OLD.version });
    const moved = at(PROMOTING, 'server-chosen', {
      ...worldOf(sight()),
      store: { current: FOREIGN, staged: [] },
    });
    expect(moved).toMatchObject({ do: 'stage', base: FOREIGN.version });
  });
});
