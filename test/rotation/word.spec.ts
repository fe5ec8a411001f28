import { describe, expect, it } from '@jest/globals';
import { RotorError } from '../../src/rotation/errors.js';
import type { Observation } from '../../src/targets/target.js';
import { freshToken } from '../fakes/fake-issuer.js';
import { driveUntil, fleet, hopeless, states, targetOf } from './fleet.js';
import type { World } from './held.js';
import { answered, ask, deliveryTo, holdOpen, notesOf, theDelivery } from './of-one.js';
import { Watching } from './watching.js';

describe("a person's word that a target has the token", () => {
  const seeing = (world: World, name: string, seen: Observation): void => {
    targetOf(world, name).observe = async () => seen;
  };
  const RELEASE: Observation = { state: 'needs_release', detail: 'the token is compiled in' };

  it('counts where nobody can look: it is assumed and never green, and the run says whose word it is', async () => {
    const world = await fleet(['app', 'b']);
    seeing(world, 'app', RELEASE);
    const release = holdOpen(world, 'b');
    const opened = await world.open();
    await driveUntil(world, opened, (now) => deliveryTo(now, 'app')?.state === 'needs_release');
    await driveUntil(world, opened, (now) => deliveryTo(now, 'b')?.state === 'observing');
    await ask(world, opened, 'ack', 'app');
    await answered(world, opened);
    release();
    const run = await world.drive(opened);
    expect(deliveryTo(run, 'app')).toMatchObject({
      state: 'assumed',
      acknowledged: { reason: 'looked at it', by: 'ada', at: expect.any(Number) },
    });
    expect(run.state).toMatchObject({
      outcome: 'succeeded',
      detail: expect.stringContaining('By the word of a person alone: app.'),
    });
    expect(await notesOf(world, run)).toContain('ada says that app has the token: looked at it');
  });

  it.each<[string, Observation, string]>([
    [
      'instances are seen without it',
      { state: 'pending', seen: 1, of: 3, detail: 'web-1 is old' },
      '1 of 3 instances are seen to run with it (web-1 is old)',
    ],
    [
      'its rollout was given up',
      { state: 'failed', seen: 0, of: 2, other: 0, detail: 'rolled back' },
      '0 of 2 instances are seen to run with it (rolled back)',
    ],
    [
      'what runs was looked at, and needs a release',
      { ...RELEASE, isSeen: true },
      'it is seen to be without it: the token is compiled in',
    ],
  ])('does not where %s', async (_where, seen, why) => {
    const world = await fleet(['a']);
    holdOpen(world, 'a');
    const opened = await world.open();
    await driveUntil(world, opened, ({ deliveries }) => deliveries[0]?.state === 'observing');
    seeing(world, 'a', seen);
    await ask(world, opened, 'ack', 'a');
    const run = await answered(world, opened);
    expect(run.deliveries[0]).not.toHaveProperty('acknowledged');
    expect(run.deliveries[0]?.state).not.toBe('assumed');
    expect((await notesOf(world, run)).at(-1)).toBe(
      `a does not count as done, although ada said that it has the token: ${why}`,
    );
  });

  it('does not where it cannot be looked at now although it can be at other times', async () => {
    const world = await fleet(['a']);
    holdOpen(world, 'a');
    const opened = await world.open();
    await driveUntil(world, opened, ({ deliveries }) => deliveries[0]?.state === 'observing');
    targetOf(world, 'a').failNext('observe', new RotorError('target_failed', 'The cluster is away.'));
    await ask(world, opened, 'ack', 'a');
    const run = await answered(world, opened);
    expect((await notesOf(world, run)).at(-1)).toContain('could not be seen: The cluster is away.');
    expect(run.deliveries[0]?.state).toBe('observing');
  });

  it('is not needed where it is seen: then the delivery has converged', async () => {
    const world = await fleet(['a']);
    const release = holdOpen(world, 'a');
    const opened = await world.open();
    await driveUntil(world, opened, ({ deliveries }) => deliveries[0]?.state === 'observing');
    release();
    await ask(world, opened, 'ack', 'a');
    const run = await world.drive(opened);
    expect(run.deliveries[0]).toMatchObject({ state: 'converged', seen: { converged: 1, of: 1 } });
    expect(run.deliveries[0]).not.toHaveProperty('acknowledged');
  });

  it('counts after the end as well, in a run that delivers nothing to it and keeps what the others have', async () => {
    const world = await fleet(['app', 'b']);
    seeing(world, 'app', RELEASE);
    const partial = await world.rotate();
    expect(partial.state).toMatchObject({ outcome: 'partial', reason: 'needs_release' });
    const { fingerprint } = theDelivery(partial, 'app');
    const acked = [{ target: 'app', fingerprint, reason: 'released', by: 'ada' }];
    const before = world.targets.map(({ delivered }) => delivered.length);
    const run = await world.drive(await world.open('adopt', ['app'], acked));
    expect(states(run)).toEqual({ app: 'assumed', b: 'converged' });
    expect(run.state).toMatchObject({ outcome: 'succeeded' });
    expect(world.targets.map(({ delivered }) => delivered.length)).toEqual(before);
    expect((await world.journal.verify()).faults).toEqual([]);
  });

  it('does not after the end where it is seen to be wrong, and says nothing of another token', async () => {
    const world = await fleet(['a', 'b']);
    hopeless(targetOf(world, 'a'));
    const partial = await world.rotate();
    const { fingerprint } = theDelivery(partial, 'a');
    const word = { target: 'a', reason: 'done', by: 'ada' };
    const run = await world.drive(await world.open('adopt', ['a'], [{ ...word, fingerprint }]));
    expect(run.state).toMatchObject({ outcome: 'partial', reason: 'targets_failed' });
    expect(deliveryTo(run, 'a')?.problem?.detail).toBe(
      'ada said that it has the token, and 0 of 1 instances are seen to run with it',
    );
    const other = await world.drive(
      await world.open('adopt', ['a'], [{ ...word, fingerprint: freshToken().fingerprint }]),
    );
    expect(states(other)).toEqual({ a: 'converged', b: 'converged' });
    expect(targetOf(world, 'a').delivered).toHaveLength(1);
  });

  it('is believed by the watch as well, until something is seen', async () => {
    const world = await fleet(['a']);
    hopeless(targetOf(world, 'a'));
    const partial = await world.rotate();
    const { fingerprint } = theDelivery(partial, 'a');
    seeing(world, 'a', { state: 'pending', seen: 0, of: 1, unseen: true });
    const said = [{ target: 'a', fingerprint, reason: 'by hand', by: 'ada' }];
    expect((await world.drive(await world.open('adopt', ['a'], said))).state).toMatchObject({
      outcome: 'succeeded',
    });
    const watching = new Watching(world);
    await watching.look(3);
    expect(watching.found).toBeUndefined();
    seeing(world, 'a', { state: 'pending', seen: 2, of: 3 });
    await watching.look(2);
    expect(watching.found).toMatchObject({ kind: 'target_behind', only: ['a'] });
  });
});
