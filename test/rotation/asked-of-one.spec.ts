import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { refusalOf } from '../../src/rotation/asking.js';
import { refusalOfDelivery, whyNot, type DeliveryWish } from '../../src/rotation/asking-deliveries.js';
import type { Delivery } from '../../src/rotation/delivery.js';
import { freshToken } from '../fakes/fake-issuer.js';
import { broken, CANARY, driveUntil, fleet, hopeless, MINUTE, states, targetOf } from './fleet.js';
import { askToResume, onLook, paused } from './held.js';
import { answered, ask, deliveryTo, holdOpen, notesOf, theDelivery } from './of-one.js';

it.each<[DeliveryWish, Partial<Delivery>, string]>([
  ['retry', { state: 'converged' }, '`rotor redeliver checkout --target web` brings it there again'],
  ['retry', { state: 'assumed' }, '`rotor redeliver checkout --target web` brings it there again'],
  ['retry', { state: 'delivering' }, 'a try to deliver to web is under way'],
  ['retry', { begunAt: 1 }, 'web is about to be tried'],
  ['retry', {}, 'the turn of web has not come: it is in wave 1 of run_1'],
  ['ack', { state: 'converged' }, 'web was seen to run with the token'],
  ['ack', { state: 'assumed', acknowledged: { reason: 'it has it' } }, 'was said already'],
  ['skip', { state: 'failed' }, 'goes on without it: `rotor retry run_1 web` tries it again'],
  ['skip', { state: 'skipped' }, 'web is left out of run_1 already'],
  ['skip', { state: 'assumed' }, 'the delivery to web is over (assumed)'],
  ['skip', { state: 'superseded' }, 'a newer run of checkout delivers to web'],
])('a %s is not asked of a delivery that is %j', (what, over, why) => {
  const { fingerprint } = freshToken();
  const delivery: Delivery = { target: 'web', state: 'waiting', fingerprint, tries: 0, ...over };
  expect(whyNot({ id: 'run_1', rotation: 'checkout' }, what, delivery)).toContain(why);
});

describe('a person who asks to try one target again', () => {
  it('does not wait for its back-off', async () => {
    const world = await fleet(['a']);
    world.policy = { ...world.policy, retries: { max: 2, baseMs: 40 * MINUTE, capMs: 40 * MINUTE } };
    broken(targetOf(world, 'a'));
    const opened = await world.open();
    await driveUntil(world, opened, ({ deliveries }) => deliveries[0]?.notBefore !== undefined);
    await ask(world, opened, 'retry', 'a');
    const before = world.clock.monotonic();
    const run = await world.drive(opened);
    expect(run.state).toMatchObject({ outcome: 'succeeded' });
    expect(world.clock.monotonic() - before).toBeLessThan(MINUTE);
    expect(await notesOf(world, run)).toContain('ada asked to try a again now: looked at it');
  });

  it('gets one that was given up tried anew, while others of a later wave go on', async () => {
    const world = await fleet(['a', 'b'], CANARY, { a: { wave: 'canary' } });
    hopeless(targetOf(world, 'a'));
    const release = holdOpen(world, 'b');
    const opened = await world.open();
    const append = world.journal.append.bind(world.journal);
    world.journal.append = async (...entry) => {
      const now = await append(...entry);
      const { a, b } = states(now);
      if (a === 'failed' && b === 'observing' && !now.asked) await ask(world, opened, 'retry', 'a');
      if (a === 'converged') release();
      return now;
    };
    const run = await world.drive(opened);
    expect(states(run)).toEqual({ a: 'converged', b: 'converged' });
    expect(run.state).toMatchObject({ outcome: 'succeeded' });
  });

  it('gets one delivered to again whose instances do not follow, and nothing of the try before is written', async () => {
    const world = await fleet(['a']);
    holdOpen(world, 'a');
    const opened = await world.open();
    await driveUntil(world, opened, ({ deliveries }) => deliveries[0]?.state === 'observing');
    targetOf(world, 'a').instancesFollow = true;
    await ask(world, opened, 'retry', 'a');
    const run = await world.drive(opened);
    expect(targetOf(world, 'a').delivered).toHaveLength(2);
    expect(run.state).toMatchObject({ outcome: 'succeeded' });
  });

  it('gets one that is held by a pause nothing, and one that has failed before it the token', async () => {
    const { world, run } = await paused();
    expect(refusalOfDelivery(run, 'retry', theDelivery(run, 'b'))).toBe(
      `the turn of b has not come: it is in wave 2 of ${run.id}`,
    );
    await ask(world, run, 'retry', 'a');
    const after = await driveUntil(world, run, (now) => deliveryTo(now, 'a')?.state === 'converged');
    expect(after.paused).toBeDefined();
    expect(states(after)).toEqual({ a: 'converged', b: 'waiting' });
    await askToResume(world, run);
    expect((await world.drive(run)).state).toMatchObject({ outcome: 'succeeded' });
  });

  it('is brought no token that somebody has replaced meanwhile', async () => {
    const { world, run } = await paused();
    onLook(world, async () => {
      world.issuer.changeByOthers();
      world.issuer.apply();
    });
    await ask(world, run, 'retry', 'a');
    const after = await answered(world, run);
    expect(deliveryTo(after, 'a')?.state).toBe('failed');
    expect(targetOf(world, 'a').delivered).toEqual([]);
    expect((await notesOf(world, after)).at(-1)).toMatch(
      /^a is not tried again, although ada asked for it: the APM Server accepts /,
    );
  });

  it('is left for somebody who stops the deliveries while it looks', async () => {
    const { world, run } = await paused();
    onLook(world, async (signal) => {
      const left = once(signal, 'abort');
      await world.journal.ask(run.id, { what: 'cancel', reason: 'no more', by: 'bob' }, (now) => {
        expect(refusalOf(now, 'cancel')).toBeUndefined();
      });
      await left;
      signal.throwIfAborted();
    });
    await ask(world, run, 'retry', 'a');
    const after = await answered(world, run);
    expect(states(after)).toEqual({ a: 'failed', b: 'skipped' });
    expect((await notesOf(world, after)).at(-1)).toBe(
      'bob stopped the deliveries: no more; ada had asked that a is tried again, which was not done',
    );
  });

  it('is heard also where the last delivery has just come to its end', async () => {
    const world = await fleet(['a']);
    hopeless(targetOf(world, 'a'));
    const opened = await world.open();
    const over = await driveUntil(world, opened, ({ deliveries }) => deliveries[0]?.state === 'failed');
    expect(over.state.state).toBe('settled');
    await ask(world, opened, 'retry', 'a');
    expect((await world.drive(opened)).state).toMatchObject({ outcome: 'succeeded' });
  });
});

describe('a target that a person leaves out', () => {
  it('is waited for no longer, in whatever its delivery is, and the run ends partial', async () => {
    const world = await fleet(['a', 'b', 'c'], CANARY, { a: { wave: 'canary' } });
    holdOpen(world, 'a');
    const opened = await world.open();
    await driveUntil(world, opened, (now) => deliveryTo(now, 'a')?.state === 'observing');
    await ask(world, opened, 'skip', 'a');
    await answered(world, opened);
    await ask(world, opened, 'skip', 'c');
    const run = await world.drive(opened);
    expect(states(run)).toEqual({ a: 'skipped', b: 'converged', c: 'skipped' });
    expect(run.deliveries[0]?.detail).toBe(
      'left out by ada: looked at it; the token was handed over, and not seen there',
    );
    expect(run.deliveries.map(({ leftOut }) => leftOut)).toEqual([
      { reason: 'looked at it', by: 'ada', at: expect.any(Number) },
      undefined,
      { reason: 'looked at it', by: 'ada', at: expect.any(Number) },
    ]);
    expect(run.state).toMatchObject({ outcome: 'partial', reason: 'targets_skipped' });
    expect(targetOf(world, 'c').delivered).toEqual([]);
    expect(await notesOf(world, run)).toContain('ada left c out of this run: looked at it');
  });

  it('is left also where a try hangs, and what that one does later is not written', async () => {
    const world = await fleet(['a', 'b']);
    const { promise: goesOn, resolve: goOn } = Promise.withResolvers<void>();
    // One that does not hear that it is to stop.
    targetOf(world, 'a').deliver = async () => goesOn;
    const opened = await world.open();
    const append = world.journal.append.bind(world.journal);
    world.journal.append = async (...entry) => {
      const now = await append(...entry);
      const { state, asked } = { ...deliveryTo(now, 'a'), asked: now.asked };
      if (state === 'delivering' && !asked) await ask(world, opened, 'skip', 'a');
      if (state === 'skipped') goOn();
      return now;
    };
    const run = await world.drive(opened);
    expect(states(run)).toEqual({ a: 'skipped', b: 'converged' });
    expect(run.deliveries[0]?.detail).toBe('left out by ada: looked at it; a try was under way');
    expect((await world.journal.verify()).faults).toEqual([]);
  });

  it('gets it after all where somebody asks for that before the end', async () => {
    const world = await fleet(['a', 'b']);
    const release = holdOpen(world, 'b');
    const opened = await world.open();
    await driveUntil(world, opened, (now) => deliveryTo(now, 'b')?.state === 'observing');
    await driveUntil(world, opened, (now) => deliveryTo(now, 'a')?.state === 'converged');
    await ask(world, opened, 'skip', 'b');
    await driveUntil(world, opened, (now) => deliveryTo(now, 'b')?.state === 'skipped');
    targetOf(world, 'b').instancesFollow = true;
    await ask(world, opened, 'retry', 'b');
    release();
    expect((await world.drive(opened)).state).toMatchObject({ outcome: 'succeeded' });
  });
});
