import { describe, expect, it } from '@jest/globals';
import type { Run } from '../../src/rotation/run.js';
import type { Secret } from '../../src/rotation/secret.js';
import { freshToken } from '../fakes/fake-issuer.js';
import { MINUTE } from './fleet.js';
import { settable } from './harness.js';
import { leftIn, putBack, settledAt, sinceIn } from './putting-back.js';
import { Watching } from './watching.js';

const rotatedTwice = async () => {
  const world = await settable();
  const tokens = [world.issuer.inForce];
  const runs: Run[] = [];
  for (let count = 0; count < 2; count += 1) {
    world.clock.advance(MINUTE);
    runs.push(await world.rotate());
    tokens.push(world.issuer.inForce);
  }
  world.clock.advance(MINUTE);
  const [atFirst, first] = tokens;
  const [one, two] = runs;
  if (!atFirst || !first || !one || !two) throw new Error('not rotated');
  return { world, atFirst, first, one, two };
};

describe('a token that was replaced and put back', () => {
  it('is adopted, and the run says that it was replaced, by whom, and how to replace it again', async () => {
    const { world, first, one, two } = await rotatedTwice();
    const { state } = await putBack(world, first);
    const [at, since] = [await settledAt(world, two), await settledAt(world, one)];
    expect(state).toMatchObject({ outcome: 'succeeded', replaced: { at, by: two.id, since } });
    expect(state).toMatchObject({
      detail:
        `${first.fingerprint} is accepted and current in the store. ${first.fingerprint} was replaced at ` +
        `${new Date(at ?? 0).toISOString()}, by ${two.id}, and is in force again: whoever had it may still have it. ` +
        '`rotor rotate checkout` replaces it.',
    });
  });

  it('is as old as it is, and not as its replacement', async () => {
    const { world, first, one, two } = await rotatedTwice();
    expect(await sinceIn(world)).toBe(await settledAt(world, two));
    await putBack(world, first);
    expect(await sinceIn(world)).toBe(await settledAt(world, one));
  });

  it('is told of until a rotation has settled another one, whatever is adopted meanwhile', async () => {
    const { world, first, two } = await rotatedTwice();
    await putBack(world, first);
    await world.rotate('adopt');
    expect(await leftIn(world)).toMatchObject({ replaced: { by: two.id } });
    const next = await world.rotate();
    expect(await leftIn(world)).not.toHaveProperty('replaced');
    expect(await sinceIn(world)).toBe(await settledAt(world, next));
  });

  it('has no known age where no run had brought it', async () => {
    const { world, atFirst, one, two } = await rotatedTwice();
    const { state } = await putBack(world, atFirst);
    expect(state).toHaveProperty('replaced', { at: await settledAt(world, one), by: one.id });
    expect(await sinceIn(world)).toBe(await settledAt(world, two));
    await world.rotate('adopt');
    const left = await leftIn(world);
    expect(left).toMatchObject({ replaced: { at: await settledAt(world, one), by: one.id } });
    expect(left).not.toHaveProperty('replaced.since');
  });

  it('is not what somebody has newly set, nor what is delivered again', async () => {
    const { world } = await rotatedTwice();
    expect((await world.rotate('adopt')).state).not.toHaveProperty('replaced');
    expect((await putBack(world)).state).not.toHaveProperty('replaced');
    expect((await world.rotate('adopt')).state).not.toHaveProperty('replaced');
  });
});

describe('a token that others had replaced, and that is put back', () => {
  /** Adopted: one that somebody else has set after the first rotation. */
  const replacedByOthers = async () => {
    const world = await settable();
    const one = await world.rotate();
    const first = world.issuer.inForce;
    world.clock.advance(MINUTE);
    const found = await putBack(world);
    world.clock.advance(MINUTE);
    return { world, first, one, found };
  };

  it('is said to be back, and which run had found another one in its place', async () => {
    const { world, first, one, found } = await replacedByOthers();
    const { state } = await putBack(world, first);
    const [at, since] = [await settledAt(world, found), await settledAt(world, one)];
    expect(state).toMatchObject({ replaced: { at, by: found.id, seen: true, since } });
    expect(state).toMatchObject({
      detail:
        `${first.fingerprint} is accepted and current in the store. ${first.fingerprint} was replaced at ` +
        `${new Date(at ?? 0).toISOString()}, as ${found.id} found, and is in force again: whoever had it may still have ` +
        'it. `rotor status checkout` says how to replace it.',
    });
  });

  it('is told of with the run that first found it back, however often it is delivered again', async () => {
    const { world, first, found } = await replacedByOthers();
    const back = await putBack(world, first);
    expect(await leftIn(world)).not.toHaveProperty('replaced.back');
    const backAt = { by: back.id, at: await settledAt(world, back) };
    for (let count = 0; count < 2; count += 1) {
      world.clock.advance(MINUTE);
      await world.rotate('adopt');
      expect(await leftIn(world)).toMatchObject({ replaced: { by: found.id, back: backAt } });
    }
    await world.rotate();
    expect(await leftIn(world)).not.toHaveProperty('replaced');
  });

  it('is said to be replaced by the last that has done so, where there are several', async () => {
    const { world, first, one } = await rotatedTwice();
    await putBack(world, first);
    world.clock.advance(MINUTE);
    const found = await putBack(world);
    world.clock.advance(MINUTE);
    const { state } = await putBack(world, first);
    expect(state).toMatchObject({
      replaced: { by: found.id, seen: true, since: await settledAt(world, one) },
    });
  });

  it('is no younger than what the newest rotation had brought', async () => {
    const { world, one } = await replacedByOthers();
    const byOthers = world.issuer.inForce;
    await putBack(world);
    world.clock.advance(MINUTE);
    const { state } = await putBack(world, byOthers);
    expect(state).toHaveProperty('replaced.since');
    expect(await sinceIn(world)).toBe(await settledAt(world, one));
  });

  it('is not what a run finds after the config had led to another resource', async () => {
    const { world, first } = await replacedByOthers();
    Object.assign(world.issuer, { resource: { ...world.issuer.resource, key: 'elsewhere' } });
    expect((await putBack(world, first)).state).not.toHaveProperty('replaced');
  });

  it('is still said to be back after the config had led to another resource', async () => {
    const { world, first, found } = await replacedByOthers();
    await putBack(world, first);
    const { resource } = world.issuer;
    Object.assign(world.issuer, { resource: { ...resource, key: 'elsewhere' } });
    await putBack(world);
    Object.assign(world.issuer, { resource });
    expect((await putBack(world, first)).state).toMatchObject({ replaced: { by: found.id, seen: true } });
  });

  it('is said to be back also where more runs have come since than are looked through', async () => {
    const { world, first } = await replacedByOthers();
    await putBack(world);
    world.clock.advance(MINUTE);
    const list = world.journal.list.bind(world.journal);
    world.journal.list = async (filter) => list({ ...filter, limit: 2 });
    const newest = await world.journal.lastSettled('checkout');
    expect((await putBack(world, first)).state).toMatchObject({ replaced: { by: newest?.id, seen: true } });
  });

  it('is known so where the rotation of the store changes the token', async () => {
    const world = await settable();
    const watching = new Watching(world, { isDriven: true, onDrift: 'alert' });
    const rotateByStore = async (token: Secret): Promise<Run> => {
      world.issuer.changeByOthers(token);
      world.store.moveCurrentTo(token.reveal());
      await watching.look(2);
      return watching.adoption();
    };
    const [one, other] = [freshToken(), freshToken()];
    const first = await rotateByStore(one);
    const runs = [first, await rotateByStore(other), await rotateByStore(one)];
    expect(runs.map(({ state }) => state)).toMatchObject([
      { outcome: 'succeeded' },
      { outcome: 'succeeded' },
      {
        outcome: 'succeeded',
        replaced: { by: runs[1]?.id, seen: true, since: await settledAt(world, first) },
      },
    ]);
    expect(runs[1]?.state).not.toHaveProperty('replaced');
  });
});
