import { describe, expect, it } from '@jest/globals';
import { RotorError } from '../../src/rotation/errors.js';
import type { Run } from '../../src/rotation/run.js';
import { verify } from '../../src/rotation/verification.js';
import { freshToken } from '../fakes/fake-issuer.js';
import { CANARY, driveUntil, fleet, hopeless, MINUTE, order, states, targetOf } from './fleet.js';
import { Watching } from './watching.js';

/** A worker of its own has that run. */
function passOver({ journal }: Awaited<ReturnType<typeof fleet>>, { id }: Run): void {
  const claim = journal.claim.bind(journal);
  journal.claim = async () => {
    const first = await claim();
    return first?.runId === id ? claim() : first;
  };
}

const stopped = async () => {
  const world = await fleet(['a', 'b'], { ...CANARY, onTargetFailure: 'stop' }, { a: { wave: 'canary' } });
  hopeless(targetOf(world, 'a'));
  await world.rotate();
  return world;
};

describe('the watch over the targets', () => {
  it('does not bring the token to those whose turn was kept from coming, and says who they are', async () => {
    const world = await stopped();
    const watching = new Watching(world);
    await watching.look(2);
    const run = await watching.adoption();
    expect(states(run)).toEqual({ a: 'converged', b: 'skipped' });
    expect(targetOf(world, 'b').delivered).toEqual([]);
    await watching.look(3);
    expect(watching.adopted).toHaveLength(1);
    expect(watching.found).toMatchObject({
      kind: 'target_behind',
      adoptable: false,
      repair: 'When they may get it: rotor redeliver checkout --target b',
    });
  });

  it('leaves them alone also where it is the store that somebody has edited', async () => {
    const world = await stopped();
    targetOf(world, 'a').instances = [world.issuer.inForce.fingerprint];
    world.store.moveCurrentTo(freshToken().reveal());
    const watching = new Watching(world);
    await watching.look(2);
    expect(watching.found).toMatchObject({ kind: 'store_edited' });
    const run = await watching.adoption();
    world.expectStoreHoldsTheAcceptedToken();
    expect(states(run)).toEqual({ a: 'converged', b: 'skipped' });
    expect(targetOf(world, 'b').delivered).toEqual([]);
  });

  it('leaves alone what a pause holds back, where it is the store that somebody has edited', async () => {
    const world = await fleet(['a', 'b'], { ...CANARY, onTargetFailure: 'pause' }, { a: { wave: 'canary' } });
    hopeless(targetOf(world, 'a'));
    const paused = await world.open();
    await driveUntil(world, paused, (run) => run.paused !== undefined);
    world.store.moveCurrentTo(freshToken().reveal());
    const watching = new Watching(world);
    await watching.look(2);
    passOver(world, paused);
    const run = await watching.adoption();
    world.expectStoreHoldsTheAcceptedToken();
    expect(states(run)).toEqual({ a: 'converged', b: 'skipped' });
  });

  it('takes an instance that is not ready for no reason to deliver anything', async () => {
    const world = await fleet(['a', 'b']);
    await world.rotate();
    const notReady = { state: 'pending', seen: 3, of: 4, other: 0, detail: 'web-1 is not ready' } as const;
    targetOf(world, 'a').observe = async () => notReady;
    const watching = new Watching(world);
    await watching.look(4);
    expect([watching.alerts, watching.adopted]).toEqual([[], []]);
    const ports = () => world.ports;
    const signal = new AbortController().signal;
    const seen = await verify({ name: 'checkout', policy: world.policy, ports }, world, signal);
    expect(seen).toMatchObject({ verdict: 'unknown', drift: null });
  });

  it('delivers to the one that fell behind, and to no other', async () => {
    const world = await fleet(['a', 'b']);
    await world.rotate();
    const got = order(world);
    targetOf(world, 'b').instances = [freshToken().fingerprint];
    const watching = new Watching(world);
    await watching.look(2);
    expect((await watching.adoption()).state).toMatchObject({ outcome: 'succeeded' });
    expect(got).toEqual(['b']);
  });

  it('sees that the token was changed while a run rests between two waves, and its run takes them over', async () => {
    const world = await fleet(['a', 'b'], { ...CANARY, onTargetFailure: 'pause' }, { a: { wave: 'canary' } });
    hopeless(targetOf(world, 'a'));
    const paused = await world.open();
    await driveUntil(world, paused, (run) => run.paused !== undefined);
    world.issuer.changeByOthers();
    world.issuer.apply();
    const watching = new Watching(world);
    await watching.look(2);
    expect(watching.found).toMatchObject({ kind: 'changed_outside' });
    expect(watching.adopted).toHaveLength(1);
  });

  it('says nothing of those that wait for their turn', async () => {
    const world = await fleet(['a', 'b'], { ...CANARY, onTargetFailure: 'pause' }, { a: { wave: 'canary' } });
    hopeless(targetOf(world, 'a'));
    await driveUntil(world, await world.open(), (run) => run.paused !== undefined);
    const watching = new Watching(world);
    await watching.look(4);
    expect([watching.alerts, watching.adopted]).toEqual([[], []]);
  });
});

describe('an adoption', () => {
  it('reaches the others where one cannot be delivered to, and says why that one was not', async () => {
    const world = await fleet(['a', 'b']);
    await world.rotate();
    world.issuer.changeByOthers();
    world.issuer.apply();
    const gone = new RotorError('target_refused', 'Target b has no Deployment web.', {
      hint: 'Name another.',
    });
    targetOf(world, 'b').failNext('preflight', gone);
    const run = await world.rotate('adopt');
    expect(states(run)).toEqual({ a: 'converged', b: 'failed' });
    expect(run.deliveries[1]?.problem).toEqual({
      code: 'target_refused',
      detail: 'Target b has no Deployment web. Name another.',
    });
    expect(targetOf(world, 'b').delivered).toHaveLength(1);
  });

  it('asks only those that it is for', async () => {
    const world = await fleet(['a', 'b']);
    await world.rotate();
    targetOf(world, 'b').failNext('preflight', new RotorError('target_refused', 'Target b cannot.'));
    const run = await world.drive(await world.open('adopt', ['a']));
    expect(run.state).toMatchObject({ outcome: 'succeeded' });
  });

  it('to one target leaves held back what a pause holds back', async () => {
    const world = await fleet(
      ['a', 'b', 'c'],
      { ...CANARY, onTargetFailure: 'pause' },
      { a: { wave: 'canary' } },
    );
    hopeless(targetOf(world, 'a'));
    const paused = await world.open();
    await driveUntil(world, paused, (run) => run.paused !== undefined);
    passOver(world, paused);
    const run = await world.drive(await world.open('adopt', ['a']));
    expect(states(run)).toEqual({ a: 'converged', b: 'skipped', c: 'skipped' });
    expect(run.deliveries[1]?.detail).toContain(`held back by the pause of ${paused.id}`);
  });
});

describe('a worker that starts anew in a later wave', () => {
  it('leaves alone what has long soaked', async () => {
    const strategy = { ...CANARY, soakMs: MINUTE, onTargetFailure: 'stop', maxConcurrentTargets: 1 } as const;
    const world = await fleet(['a', 'b', 'c'], strategy, { a: { wave: 'canary' } });
    const opened = await world.open();
    await driveUntil(world, opened, ({ deliveries }) => deliveries[1]?.state === 'converged');
    targetOf(world, 'a').instances = [undefined];
    const run = await world.drive(opened);
    expect(states(run)).toEqual({ a: 'converged', b: 'converged', c: 'converged' });
  });
});
