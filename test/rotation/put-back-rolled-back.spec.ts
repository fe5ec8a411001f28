import { describe, expect, it } from '@jest/globals';
import type { Run } from '../../src/rotation/run.js';
import { MINUTE } from './fleet.js';
import { settable, type AnyIssuer, type Harness } from './harness.js';
import { putBack, settledAt, sinceIn } from './putting-back.js';

/** A rotation whose token is not taken, so that the one from before is set again. */
const rolledBack = async (world: Harness<AnyIssuer>): Promise<Run> => {
  Object.assign(world.issuer, { rollout: 'by_hand', rejected: 'the policy was not loaded.' });
  const run = await world.rotate();
  Object.assign(world.issuer, { rollout: 'at_once', rejected: undefined });
  expect(run.state).toMatchObject({ reason: 'rolled_back' });
  world.clock.advance(MINUTE);
  return run;
};

describe('a run that was rolled back', () => {
  /** Somebody has set another token after the first rotation, and no run but the one that was rolled back has seen it. */
  const rolledBackFromAnother = async () => {
    const world = await settable();
    const one = await world.rotate();
    const first = world.issuer.inForce;
    world.clock.advance(MINUTE);
    world.issuer.changeByOthers();
    return { world, first, one, back: await rolledBack(world) };
  };

  it('has found that a token was replaced, which is back after it', async () => {
    const { world, first, one, back } = await rolledBackFromAnother();
    const { state } = await putBack(world, first);
    const since = await settledAt(world, one);
    expect(state).toMatchObject({ replaced: { at: back.endedAt, by: back.id, seen: true, since } });
  });

  it('has found it first, where others have found the same since', async () => {
    const { world, first, back } = await rolledBackFromAnother();
    await world.rotate('adopt');
    world.clock.advance(MINUTE);
    expect((await putBack(world, first)).state).toMatchObject({ replaced: { by: back.id } });
  });

  it('has known the token that it was rolled back to from its end on', async () => {
    const world = await settable();
    const atFirst = world.issuer.inForce;
    const back = await rolledBack(world);
    await world.rotate('adopt');
    world.clock.advance(MINUTE);
    const by = await world.rotate();
    world.clock.advance(MINUTE);
    const { state } = await putBack(world, atFirst);
    expect(state).toMatchObject({ replaced: { by: by.id, since: back.endedAt } });
    expect(await sinceIn(world)).toBe(back.endedAt);
  });

  it('to a token that others had replaced has not made a new one of it', async () => {
    const world = await settable();
    await world.rotate();
    const first = world.issuer.inForce;
    world.clock.advance(MINUTE);
    const found = await putBack(world);
    world.clock.advance(MINUTE);
    world.issuer.changeByOthers(first);
    await rolledBack(world);
    expect((await world.rotate('adopt')).state).toMatchObject({ replaced: { by: found.id, seen: true } });
  });
});

it('a rotation may put a token in force again that the server never let go of, and says so', async () => {
  const world = await settable();
  await world.rotate();
  const old = world.issuer.changeByOthers();
  world.prober.alsoAccepted = old;
  const by = await world.rotate();
  world.prober.alsoAccepted = undefined;
  world.clock.advance(MINUTE);
  world.issuer.changeByOthers();
  world.issuer.instances.fill(old);
  const run = await world.rotate();
  expect(run).toMatchObject({
    mode: 'rotate',
    state: { current: { fingerprint: old.fingerprint }, replaced: { by: by.id } },
  });
});
