import { describe, expect, it } from '@jest/globals';
import type { Delivery } from '../../src/rotation/delivery.js';
import { firstLedger } from '../../src/rotation/first-ledger.js';
import { Secret } from '../../src/rotation/secret.js';
import { broken, CANARY, driveUntil, fleet, hopeless, MINUTE, order, states, targetOf } from './fleet.js';
import { POLICY } from './harness.js';

describe('one target that fails', () => {
  it('keeps no other waiting while it waits for its own next try', async () => {
    const world = await fleet(['a', 'b', 'c'], { maxConcurrentTargets: 1 });
    const got = order(world);
    broken(targetOf(world, 'a'), 2);
    const run = await world.rotate();
    expect(got).toEqual(['b', 'c', 'a']);
    expect(run.state).toMatchObject({ outcome: 'succeeded' });
  });

  it('is given up when its own tries or its own time are used up', async () => {
    const world = await fleet(['a', 'b'], {}, { a: { retriesMax: 0 }, b: { deadlineMs: 3_000 } });
    for (const name of ['a', 'b']) broken(targetOf(world, name), 3);
    const run = await world.rotate();
    expect(run.deliveries).toMatchObject([
      { state: 'failed', tries: 1, problem: { detail: 'Target a is down.' } },
      { state: 'failed', problem: { detail: 'Target b is down; the time for this delivery is over.' } },
    ]);
  });

  it('is told by its name when a try hangs', async () => {
    const world = await fleet(['a'], {}, { a: { timeoutMs: 1, retriesMax: 0 } });
    targetOf(world, 'a').hangNext('deliver');
    const run = await world.rotate();
    const detail = 'Target a: the delivery did not get through within 0.001 s.';
    expect(run.deliveries).toMatchObject([{ state: 'failed', tries: 1, problem: { detail } }]);
  });

  it('is given up at its deadline, also in the middle of a try that may take longer', async () => {
    const world = await fleet(['a'], {}, { a: { timeoutMs: 1_000, deadlineMs: 20 } });
    targetOf(world, 'a').hangNext('deliver');
    const run = await world.rotate();
    expect(run.deliveries).toMatchObject([
      {
        state: 'failed',
        tries: 1,
        problem: { detail: expect.stringContaining('did not get through within 0.02 s') },
      },
    ]);
  });

  it('is delivered to again where its rollout was given up', async () => {
    const world = await fleet(['a']);
    const target = targetOf(world, 'a');
    const observe = target.observe.bind(target);
    target.observe = async (expected, signal) =>
      target.delivered.length < 2
        ? { state: 'failed', seen: 18, of: 20, detail: 'the rollout was rolled back' }
        : observe(expected, signal);
    const run = await world.rotate();
    expect(target.delivered).toHaveLength(2);
    expect(run.deliveries).toMatchObject([{ state: 'converged', tries: 1 }]);
  });
});

describe('a target that is waited for', () => {
  it.each([
    [10_000, 0],
    [5 * MINUTE, 1],
  ])('says why in the log where that takes longer than a moment: after %i ms', async (ms, times) => {
    const world = await fleet(['a']);
    const target = targetOf(world, 'a');
    const observe = target.observe.bind(target);
    let isReady = false;
    target.observe = async (expected, signal) =>
      isReady
        ? observe(expected, signal)
        : { state: 'pending', seen: 0, of: 1, detail: 'web-1 is not ready' };
    const deliver = target.deliver.bind(target);
    target.deliver = async (token, signal) => {
      await deliver(token, signal);
      world.clock.plan(ms, () => (isReady = true));
    };
    const { id } = await world.rotate();
    const entries = await world.journal.entries(id);
    const told = entries.filter(({ deliveries = [] }) =>
      deliveries.some(({ detail }) => detail !== undefined),
    );
    expect(told).toHaveLength(times);
  });
});

describe('what a run says in the end', () => {
  it.each([
    [2, 'rotor redeliver checkout --target t0 t1'],
    [12, 'rotor retry run_'],
  ])('of %i targets that failed names a command that is for them alone', async (count, command) => {
    const world = await fleet(Array.from({ length: count + 1 }, (_, index) => `t${index}`));
    for (let index = 0; index < count; index += 1) hopeless(targetOf(world, `t${index}`));
    const { state } = await world.rotate();
    expect(state).toMatchObject({ detail: expect.stringContaining(command) });
  });
});

describe('a run with a target that needs a release', () => {
  it('is partial: what is installed goes silent, and nothing that Rotor does changes that', async () => {
    const world = await fleet(['web', 'app']);
    targetOf(world, 'app').observe = async () => ({
      state: 'needs_release',
      detail: 'Ship a new version of the app.',
    });
    const run = await world.rotate();
    expect(run.deliveries[1]).toMatchObject({
      state: 'needs_release',
      detail: 'Ship a new version of the app.',
    });
    expect(run.state).toMatchObject({ outcome: 'partial', reason: 'needs_release' });
  });
});

describe('a run for some targets alone', () => {
  it('delivers to them, and succeeds only where the others have the token too', async () => {
    const world = await fleet(['a', 'b', 'c']);
    for (const name of ['a', 'b']) hopeless(targetOf(world, name));
    await world.rotate();
    const got = order(world);
    const first = await world.drive(await world.open('adopt', ['a']));
    expect(got).toEqual(['a']);
    expect(states(first)).toEqual({ a: 'converged', b: 'failed', c: 'converged' });
    expect(first.state).toMatchObject({ outcome: 'partial', reason: 'targets_failed' });
    const second = await world.drive(await world.open('adopt', ['b']));
    expect(second.state).toMatchObject({ outcome: 'succeeded' });
    expect(got).toEqual(['a', 'b']);
  });

  it('delivers to all of them where the token turns out to be another one', async () => {
    const world = await fleet(['a', 'b']);
    await world.rotate();
    const got = order(world);
    world.issuer.changeByOthers();
    world.issuer.apply();
    const run = await world.drive(await world.open('adopt', ['a']));
    expect(got.toSorted()).toEqual(['a', 'b']);
    expect(run.state).toMatchObject({ outcome: 'succeeded' });
  });

  it('delivers also to whoever has the name of one that has the token, and is another one by now', async () => {
    const isAnother = { isSameIn: () => false };
    const world = await fleet(['a', 'b', 'c', 'd'], {}, { c: isAnother, d: isAnother });
    for (const name of ['a', 'd']) hopeless(targetOf(world, name));
    await world.rotate();
    const got = order(world);
    const opened = await world.open('adopt', ['a']);
    const waits = await driveUntil(world, opened, ({ deliveries }) => deliveries.length > 0);
    expect(waits.deliveries[2]?.detail).toContain('its config is another one than that which run_');
    const run = await world.drive(opened);
    expect(got).toEqual(['a', 'c']);
    // Nobody says of it that it has the token.
    expect(states(run)).toEqual({ a: 'converged', b: 'converged', c: 'converged', d: 'failed' });
  });

  it('leaves held back who was skipped, also where it is another one by now', async () => {
    const terms = { a: { wave: 'canary' }, b: { isSameIn: () => false } };
    const world = await fleet(['a', 'b'], { ...CANARY, onTargetFailure: 'stop' }, terms);
    hopeless(targetOf(world, 'a'));
    await world.rotate();
    const run = await world.drive(await world.open('adopt', ['a']));
    expect(states(run)).toEqual({ a: 'converged', b: 'skipped' });
  });

  it('takes over what an unfinished run has left of the others', () => {
    const [fingerprint, earlier] = [new Secret('a-token').fingerprint, new Secret('another').fingerprint];
    const left = (target: string, state: Delivery['state'], of = fingerprint): Delivery => ({
      target,
      state,
      fingerprint: of,
      tries: 1,
    });
    const before = [
      left('a', 'failed'),
      left('b', 'observing'),
      left('c', 'superseded'),
      left('d', 'converged', earlier),
    ];
    const targets = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name }));
    const ledger = firstLedger({ only: ['e'], policy: POLICY, startedAt: 0 }, fingerprint, targets, {
      id: 'run_before',
      deliveries: before,
      spec: {},
    });
    expect(ledger.map(({ state }) => state)).toEqual(['failed', 'waiting', 'waiting', 'waiting', 'waiting']);
  });
});
