import { describe, expect, it } from '@jest/globals';
import { refusalOf } from '../../src/rotation/asking.js';
import { withoutWaves } from '../../src/rotation/emergency.js';
import { stepsOf } from '../../src/rotation/story.js';
import {
  CANARY,
  driveThroughPause,
  driveUntil,
  fleet,
  hopeless,
  MINUTE,
  order,
  states,
  targetOf,
} from './fleet.js';

describe('the waves of deliveries', () => {
  it('reach the canary first, and the others only when it runs with the token', async () => {
    const world = await fleet(['a', 'b', 'c'], CANARY, { c: { wave: 'canary' } });
    const got = order(world);
    const canary = targetOf(world, 'c');
    canary.instancesFollow = false;
    world.clock.plan(5 * MINUTE, () => {
      expect(got).toEqual(['c']);
      canary.instances = canary.delivered.map((token) => token.fingerprint);
    });
    const run = await world.rotate();
    expect(got).toEqual(['c', 'a', 'b']);
    expect(run.state).toMatchObject({ outcome: 'succeeded' });
    expect(run.deliveries.map(({ wave }) => wave)).toEqual([2, 2, 1]);
  });

  it('are none in an emergency, also for a target that names one', async () => {
    const { policy: slow } = await fleet([], { ...CANARY, soakMs: 5 * MINUTE, onTargetFailure: 'stop' });
    const world = await fleet(['a', 'b', 'c'], {}, { c: { wave: 'canary' } });
    world.policy = withoutWaves(slow);
    hopeless(targetOf(world, 'c'));
    const run = await world.rotate();
    expect(run.deliveries.map(({ wave }) => wave)).toEqual([1, 1, 1]);
    expect(states(run)).toEqual({ a: 'converged', b: 'converged', c: 'failed' });
  });

  it('are as many at one time as the strategy says', async () => {
    const world = await fleet(['a', 'b', 'c', 'd', 'e'], { maxConcurrentTargets: 2 });
    let underWay = 0;
    let most = 0;
    for (const target of world.targets) {
      const deliver = target.deliver.bind(target);
      target.deliver = async (token, signal) => {
        most = Math.max(most, (underWay += 1));
        await world.clock.sleep(1_000, signal);
        await deliver(token, signal);
        underWay -= 1;
      };
    }
    await world.rotate();
    expect(most).toBe(2);
  });

  it('go on to everybody where one fails, unless the strategy says otherwise', async () => {
    const world = await fleet(['a', 'b', 'c'], CANARY, { a: { wave: 'canary' } });
    hopeless(targetOf(world, 'a'));
    const run = await world.rotate();
    expect(states(run)).toEqual({ a: 'failed', b: 'converged', c: 'converged' });
    expect(run.state).toMatchObject({ outcome: 'partial', reason: 'targets_failed' });
  });

  it('stop with the one that failed, and name who was skipped for its sake', async () => {
    const world = await fleet(
      ['a', 'b', 'c'],
      { ...CANARY, onTargetFailure: 'stop' },
      { a: { wave: 'canary' } },
    );
    hopeless(targetOf(world, 'a'));
    const run = await world.rotate();
    expect(states(run)).toEqual({ a: 'failed', b: 'skipped', c: 'skipped' });
    expect(run.deliveries[1]?.detail).toBe('not begun, because a failed: Target a is gone.');
    expect(run.state).toMatchObject({ outcome: 'partial', detail: expect.stringContaining('Skipped: b, c') });
    expect(targetOf(world, 'b').delivered).toEqual([]);
  });

  it('pause with the one that failed, also through a restart, until a person resumes', async () => {
    const world = await fleet(['a', 'b'], { ...CANARY, onTargetFailure: 'pause' }, { a: { wave: 'canary' } });
    hopeless(targetOf(world, 'a'));
    const opened = await world.open();
    const paused = await driveThroughPause(world, opened, 'resume');
    expect(paused.paused).toMatchObject({ reason: 'a failed: Target a is gone.' });
    expect(states(paused)).toEqual({ a: 'failed', b: 'waiting' });
    const run = await world.run(opened.id);
    expect(run.paused).toBeUndefined();
    expect(states(run)).toEqual({ a: 'failed', b: 'converged' });
    const notes = stepsOf(run, await world.journal.entries(run.id)).flatMap((step) => step.notes);
    expect(notes).toContain('ada resumed the deliveries: looked at it');
  });

  it('end where a person stops them instead: what has the token keeps it, the others are skipped', async () => {
    const world = await fleet(['a', 'b'], { ...CANARY, onTargetFailure: 'pause' }, { a: { wave: 'canary' } });
    hopeless(targetOf(world, 'a'));
    const opened = await world.open();
    await driveThroughPause(world, opened, 'cancel');
    const run = await world.run(opened.id);
    expect(states(run)).toEqual({ a: 'failed', b: 'skipped' });
    expect(run.state).toMatchObject({ state: 'ended', outcome: 'partial' });
    expect(run.deliveries[1]?.detail).toContain('ada stopped the deliveries');
  });

  it('pause when a person says so, between two that have not begun', async () => {
    const world = await fleet(['a', 'b', 'c'], { maxConcurrentTargets: 1 });
    const opened = await world.open();
    await driveUntil(world, opened, ({ deliveries }) =>
      deliveries.some(({ state }) => state === 'observing'),
    );
    await world.journal.ask(opened.id, { what: 'pause', reason: 'an incident' }, () => undefined);
    await driveUntil(world, opened, ({ paused }) => paused !== undefined);
    const after = await driveUntil(world, opened, ({ deliveries }) => deliveries[0]?.state === 'converged');
    expect(states(after)).toEqual({ a: 'converged', b: 'waiting', c: 'waiting' });
    expect(refusalOf(after, 'pause')).toBe(`the deliveries of ${opened.id} are paused already`);
    await world.journal.ask(opened.id, { what: 'resume', reason: 'over' }, () => undefined);
    expect((await world.drive(opened)).state).toMatchObject({ outcome: 'succeeded' });
  });

  it('are not paused where nobody is left to wait for', async () => {
    const world = await fleet(['a', 'b'], { onTargetFailure: 'pause' });
    hopeless(targetOf(world, 'b'));
    const { id, state } = await world.rotate();
    expect(state).toMatchObject({ outcome: 'partial', reason: 'targets_failed' });
    expect((await world.journal.entries(id)).some(({ paused }) => paused)).toBe(false);
  });

  it('look at a wave once more after its soak, and take one that fell behind meanwhile for a failure', async () => {
    const strategy = { ...CANARY, soakMs: 10 * MINUTE, onTargetFailure: 'stop' } as const;
    const world = await fleet(['a', 'b'], strategy, { a: { wave: 'canary' } });
    const canary = targetOf(world, 'a');
    const observe = canary.observe.bind(canary);
    canary.observe = async (expected, signal) => {
      const seen = await observe(expected, signal);
      if (seen.state === 'converged') world.clock.plan(5 * MINUTE, () => (canary.instances = [undefined]));
      return seen;
    };
    const run = await world.rotate();
    expect(states(run)).toEqual({ a: 'failed', b: 'skipped' });
    expect(run.deliveries[0]?.problem?.detail).toContain(
      'it ran with the token, and after a while 0 of 1 instances',
    );
  });
});

describe('five hundred targets in one run', () => {
  it('get the token wave by wave, and the log holds what changed, not the fleet with every entry', async () => {
    const names = Array.from({ length: 500 }, (_, index) => `t${index}`);
    const strategy = { waves: [{ percent: 1 }, { percent: 20 }], maxConcurrentTargets: 50 };
    const world = await fleet(names, strategy);
    const run = await world.rotate();
    expect(run.state).toMatchObject({ outcome: 'succeeded' });
    const entries = await world.journal.entries(run.id);
    const written = entries.reduce((sum, { deliveries = [] }) => sum + deliveries.length, 0);
    // All once when they are opened, then each when it begins, is delivered and has converged.
    expect(written).toBe(4 * 500);
    expect((await world.journal.verify()).faults).toEqual([]);
  });
});
