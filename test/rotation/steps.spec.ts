import { describe, expect, it } from '@jest/globals';
import { RotorError } from '../../src/rotation/errors.js';
import type { RunState } from '../../src/rotation/run.js';
import { freshToken } from '../fakes/fake-issuer.js';
import type { AnyIssuer, Harness } from './harness.js';
import { resettable, settable } from './harness.js';

/** Drives a run whose lease turns out to be lost in that state; what was done before stays done. */
async function loseLeaseIn(world: Harness<AnyIssuer>, state: RunState['state']): Promise<void> {
  const run = await world.open();
  let now: RunState['state'] = 'preparing';
  const append = world.journal.append.bind(world.journal);
  world.journal.append = async (...call) => {
    const after = await append(...call);
    now = after.state.state;
    return after;
  };
  world.mayAct = () => {
    if (now === state) throw new RotorError('lease_lost', 'too old to start an effect');
  };
  await expect(world.drive(run)).rejects.toMatchObject({ code: 'lease_lost' });
  expect((await world.run(run.id)).state.state).toBe(state);
}

describe('under a lease that is too old', () => {
  it('no reset is sent', async () => {
    const world = await resettable();
    await loseLeaseIn(world, 'resetting');
    expect(world.issuer.writes).toBe(0);
  });

  it('no token is set', async () => {
    const world = await settable();
    await loseLeaseIn(world, 'setting');
    expect(world.issuer.writes).toBe(0);
  });

  it('no version is promoted', async () => {
    const world = await settable();
    const before = world.store.currentVersion;
    await loseLeaseIn(world, 'promoting');
    expect(world.store.currentVersion).toBe(before);
  });

  it('no label is taken off', async () => {
    const world = await settable();
    await loseLeaseIn(world, 'settling');
    expect(world.store.labelled.size).toBe(1);
  });
});

describe('the token in the reply of a reset', () => {
  it('is tried to be stored again at once: the plan may not tell it a second time', async () => {
    const world = await resettable();
    const reset = world.issuer.reset.bind(world.issuer);
    world.issuer.reset = async (...call) => {
      const token = await reset(...call);
      for (let tries = 0; tries < 3; tries += 1) {
        world.store.failNext('stage', new RotorError('store_unavailable', 'throttled'));
      }
      world.issuer.readable = false;
      return token;
    };
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'succeeded' });
    world.expectStoreHoldsTheAcceptedToken();
  });
});

describe('a promotion', () => {
  it('names the version that was recorded, although somebody has moved the store since the look', async () => {
    const world = await settable();
    const recorded = world.store.currentVersion;
    const heads = world.store.heads.bind(world.store);
    let looks = 0;
    world.store.heads = async (signal) => {
      const seen = await heads(signal);
      if (world.issuer.writes > 0) looks += 1;
      if (looks === 1) world.store.moveCurrentTo(freshToken().reveal());
      return seen;
    };
    const asked: unknown[] = [];
    const promote = world.store.promote.bind(world.store);
    world.store.promote = async (version, expected, signal) => {
      asked.push(expected);
      return promote(version, expected, signal);
    };
    const run = await world.rotate();

    expect(asked[0]).toBe(recorded);
    expect(asked).toHaveLength(2);
    expect(run.state).toMatchObject({ outcome: 'succeeded' });
    world.expectStoreHoldsTheAcceptedToken();
  });
});
