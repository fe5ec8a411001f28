import { describe, expect, it } from '@jest/globals';
import { RotorError } from '../../src/rotation/errors.js';
import { stepsOf } from '../../src/rotation/story.js';
import { authGapOf } from '../../src/verification/auth-gap.js';
import { FakeResettableIssuer, freshToken } from '../fakes/fake-issuer.js';
import { FakeStore } from '../fakes/fake-store.js';
import { FakeTarget } from '../fakes/fake-target.js';
import { harness, resettable, settable } from './harness.js';

describe('a rotation whose token Rotor chooses', () => {
  it('ends with a token of the safe form accepted, current in the store and running in every target', async () => {
    const world = await settable();
    const run = await world.rotate();

    expect(run.state).toMatchObject({ state: 'ended', outcome: 'succeeded' });
    expect(world.issuer.inForce.reveal()).toMatch(/^[A-Za-z][A-Za-z0-9_-]{31,127}$/);
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('measures the auth gap also where the change is quicker than the first look after it', async () => {
    const world = await settable();
    const run = await world.rotate();
    const { oldLastAccepted = Infinity, oldFirstRefused = -Infinity } = run.measure;
    expect(oldFirstRefused).toBeGreaterThanOrEqual(oldLastAccepted);
    expect(authGapOf(run)?.ms).toBeGreaterThanOrEqual(0);
  });

  it('writes again until a definite success when a write was half done', async () => {
    const world = await settable();
    world.issuer.writeHalfNext();
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'succeeded' });
    expect(new Set(world.issuer.saved.map((token) => token.fingerprint)).size).toBe(1);
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('adopts a foreign token that was set between the look and the write', async () => {
    const world = await settable();
    const set = world.issuer.set.bind(world.issuer);
    world.issuer.set = async (...call) => {
      world.issuer.set = set;
      world.issuer.changeByOthers();
      return set(...call);
    };
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'succeeded' });
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('rolls back to a copy of the previous token when the new one is not accepted in time', async () => {
    const world = await settable({ rollout: 'by_hand' });
    world.policy = { ...world.policy, acceptDeadlineMs: 4 * 60_000 };
    const before = world.issuer.inForce;
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'failed', reason: 'rolled_back' });
    expect(world.issuer.inForce.equals(before)).toBe(true);
    world.expectStoreHoldsTheAcceptedToken();
    expect(world.targets[0]?.delivered).toHaveLength(0);
    const steps = stepsOf(run, await world.journal.entries(run.id));
    expect(steps.map(({ status }) => status)).toEqual(steps.map(() => 'done'));
  });

  it('sets its token again twice when somebody puts the old one back, then says "contested"', async () => {
    const world = await settable();
    const before = world.issuer.inForce;
    const set = world.issuer.set.bind(world.issuer);
    world.issuer.set = async (...call) => {
      await set(...call);
      world.issuer.changeByOthers(before);
    };
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'failed', reason: 'contested' });
    expect(world.issuer.saved).toHaveLength(3);
    world.expectStoreHoldsTheAcceptedToken();
  });
});

describe('an adoption', () => {
  it('stores and delivers the token in force without setting a new one', async () => {
    const issuer = new FakeResettableIssuer({ instances: 2 });
    const world = await harness(issuer, new FakeStore());
    const run = await world.rotate('adopt');

    expect(run.state).toMatchObject({
      outcome: 'succeeded',
      current: { fingerprint: issuer.inForce.fingerprint },
    });
    expect(issuer.writes).toBe(0);
    world.expectStoreHoldsTheAcceptedToken();
    expect(world.targets[0]?.delivered.at(-1)?.equals(issuer.inForce)).toBe(true);
  });

  it('makes the token in force current again where the store had drifted', async () => {
    const issuer = new FakeResettableIssuer();
    const world = await harness(issuer, new FakeStore(freshToken().reveal()));
    const run = await world.rotate('adopt');

    expect(run.state).toMatchObject({ outcome: 'succeeded' });
    expect(issuer.writes).toBe(0);
    expect((run.endedAt ?? Infinity) - run.startedAt).toBeLessThan(30_000);
    world.expectStoreHoldsTheAcceptedToken();
  });
});

describe('a rehearsal', () => {
  it.each([
    ['that Rotor sets', settable],
    ['that the issuer chooses', resettable],
  ])('takes a token %s all of the way through store and targets, without a new one', async (_who, make) => {
    const world = await make();
    const before = await world.store.heads(new AbortController().signal);
    const run = await world.rotate('rehearse');
    const after = await world.store.heads(new AbortController().signal);

    expect(run.state).toMatchObject({ outcome: 'succeeded' });
    expect(world.issuer.writes).toBe(0);
    expect(after.current?.fingerprint).toBe(before.current?.fingerprint);
    expect(after.current?.version).not.toBe(before.current?.version);
    expect(world.targets[0]?.delivered.at(-1)?.equals(world.issuer.inForce)).toBe(true);
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('is refused where no copy can be written, since it would prove nothing of the store', async () => {
    const world = await settable();
    world.issuer.readable = false;
    const { state } = await world.rotate('rehearse');
    expect(state).toMatchObject({ outcome: 'failed', reason: 'refused', code: 'token_unreadable' });
    expect(world.targets[0]?.delivered).toEqual([]);
  });

  it('finds that the store may not be written, before a rotation does', async () => {
    const world = await settable();
    world.store.stage = async () => {
      throw new RotorError('store_denied', 'PutSecretValue is not allowed', { effect: 'not_applied' });
    };
    expect((await world.rotate('rehearse')).state).toMatchObject({ outcome: 'failed', code: 'store_denied' });
  });
});

describe('deliveries', () => {
  it('end partial and name the target when its reload keeps failing, and still reach the others', async () => {
    const world = await settable();
    const broken = new FakeTarget({ name: 'edge', instancesFollow: true });
    world.targets.push(broken);
    for (let tries = 0; tries < 3; tries += 1) {
      broken.failNext('deliver', new RotorError('target_failed', 'reload exited 1'));
    }
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'partial', reason: 'targets_failed' });
    expect(run.deliveries).toMatchObject([
      { target: 'web', state: 'converged' },
      { target: 'edge', state: 'failed', tries: 3, problem: { detail: 'reload exited 1' } },
    ]);
  });

  it('are assumed, not converged, where a target cannot be observed', async () => {
    const world = await settable();
    world.targets[0] = new FakeTarget({ name: 'web', observable: false });
    const run = await world.rotate();

    expect(run.deliveries).toMatchObject([{ state: 'assumed' }]);
  });

  it('fail when instances stay behind until the time to become ready is over', async () => {
    const world = await settable();
    world.targets[0] = new FakeTarget({ name: 'web', instances: 2, instancesFollow: false });
    const run = await world.rotate();

    expect(run.deliveries).toMatchObject([{ state: 'failed', problem: { code: 'target_failed' } }]);
    expect(run.state).toMatchObject({ outcome: 'partial' });
  });

  it('of one moment are written in one entry each time, whatever their number', async () => {
    const entriesWith = async (targets: number): Promise<number> => {
      const world = await settable();
      world.policy = { ...world.policy, maxConcurrentTargets: 50 };
      world.targets.splice(0);
      for (let number = 0; number < targets; number += 1)
        world.targets.push(new FakeTarget({ name: `service ${number}` }));
      const run = await world.rotate();
      expect(run.deliveries.map(({ state }) => state)).toEqual(Array(targets).fill('converged'));
      const entries = await world.journal.entries(run.id);
      return entries.filter(({ deliveries, state }) => deliveries && !state).length;
    };
    expect(await entriesWith(50)).toBe(await entriesWith(1));
  });
});
