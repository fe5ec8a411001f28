import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { refusalOf, WISHES, type Wish } from '../../src/rotation/asking.js';
import type { DeliveryWish } from '../../src/rotation/asking-deliveries.js';
import type { Run } from '../../src/rotation/run.js';
import { stepsOf } from '../../src/rotation/story.js';
import { driveUntil, states, targetOf } from './fleet.js';
import { ask as askOfOne } from './of-one.js';
import { askToResume, notesOf, onLook, paused, pausedWithOneUnderWay, resume, type World } from './held.js';

/** As by the REST API. */
async function askToStop({ journal }: World, { id }: Run, what: Wish): Promise<void> {
  await journal.ask(id, { what, reason: 'not yet', by: 'bob' }, (now) => {
    expect(refusalOf(now, what)).toBeUndefined();
  });
}

describe('a person who resumes deliveries is overruled by somebody who stops them', () => {
  /** A look that ends only when nobody waits for it any more. */
  const meanwhile = (world: World, ask: () => Promise<void>): void =>
    onLook(world, async (signal) => {
      const left = once(signal, 'abort');
      await ask();
      await left;
      signal.throwIfAborted();
    });
  /** When the look is over, and its answer is about to be written. */
  const beforeItIsWritten = ({ journal }: World, ask: () => Promise<void>): void => {
    const append = journal.append.bind(journal);
    let hasAsked = false;
    journal.append = async (claim, change, ...rest) => {
      if (change.asked === null && !hasAsked) {
        hasAsked = true;
        await ask();
      }
      return append(claim, change, ...rest);
    };
  };

  it('and by nobody who asks for anything else', async () => {
    const { world, run } = await paused();
    await askToResume(world, run);
    const asked = await world.run(run.id);
    expect(WISHES.filter((what) => refusalOf(asked, what) === undefined)).toEqual(['cancel', 'pause']);
    await askToStop(world, run, 'pause');
    const again = await world.run(run.id);
    expect(WISHES.filter((what) => refusalOf(again, what) === undefined)).toEqual([]);
  });

  it.each([
    ['while it looks: the look is left', meanwhile],
    ['before its answer is written', beforeItIsWritten],
  ])('for good, %s', async (_when, when) => {
    const { world, run } = await paused();
    when(world, async () => askToStop(world, run, 'cancel'));
    const after = await resume(world, run);
    expect(states(after)).toEqual({ a: 'failed', b: 'skipped' });
    expect(after.paused).toBeUndefined();
    expect(await notesOf(world, after)).toBe(
      'bob stopped the deliveries: not yet; ada had asked to resume them, which was not done',
    );
    expect(targetOf(world, 'b').delivered).toEqual([]);
    expect((await world.drive(run)).state).toMatchObject({ outcome: 'partial' });
  });

  it.each([
    ['while it looks: the look is left', meanwhile],
    ['before its answer is written', beforeItIsWritten],
  ])('who pauses them, %s', async (_when, when) => {
    const { world, run } = await paused();
    when(world, async () => askToStop(world, run, 'pause'));
    const after = await resume(world, run);
    expect(after.paused).toEqual({ since: run.paused?.since, reason: 'not yet', by: 'bob' });
    expect(await notesOf(world, after)).toBe(
      'the deliveries stay paused, for bob: not yet; ada had asked to resume them, which was not done',
    );
    expect(targetOf(world, 'b').delivered).toEqual([]);
    await resume(world, run);
    expect(states(await world.drive(run))).toEqual({ a: 'failed', b: 'converged' });
  });

  it.each<DeliveryWish>(['retry', 'ack'])(
    'but not where the %s of one target was done by then: nothing says that it was not',
    async (wish) => {
      const { world, run } = await paused();
      targetOf(world, 'a').observe = async () => ({ state: 'pending', seen: 0, of: 1, unseen: true });
      beforeItIsWritten(world, async () => askToStop(world, run, 'cancel'));
      await askOfOne(world, run, wish, 'a');
      const after = await driveUntil(world, run, ({ asked }) => asked === undefined);
      const steps = stepsOf(after, await world.journal.entries(run.id));
      expect(steps.flatMap(({ notes }) => notes).slice(-2)).toEqual([
        wish === 'retry'
          ? 'ada asked to try a again now: looked at it'
          : 'ada says that a has the token: looked at it',
        'bob stopped the deliveries: not yet',
      ]);
    },
  );

  it('while a delivery that had begun fails: both are known', async () => {
    const { world, run, fail } = await pausedWithOneUnderWay();
    beforeItIsWritten(world, async () => {
      void fail().catch(() => undefined);
      await askToStop(world, run, 'pause');
    });
    const after = await resume(world, run);
    expect(after.paused).toMatchObject({ reason: 'not yet', by: 'bob' });
    const later = await driveUntil(world, run, (now) => states(now)['b'] === 'failed');
    expect(later.paused).toBeDefined();
    expect(targetOf(world, 'c').delivered).toEqual([]);
  });
});
