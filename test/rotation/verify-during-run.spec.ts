import { describe, expect, it } from '@jest/globals';
import type { Run } from '../../src/rotation/run.js';
import { verify } from '../../src/rotation/verification.js';
import { driveUntil, fleet, targetOf } from './fleet.js';

type World = Awaited<ReturnType<typeof fleet>>;

const seenIn = async (world: World) =>
  verify(
    { name: 'checkout', policy: world.policy, ports: () => world.ports },
    world,
    new AbortController().signal,
  );

const openedUntil = async (world: World, wanted: Run['state']['state']): Promise<Run> =>
  driveUntil(world, await world.open(), ({ state }) => state.state === wanted);

describe('a look on demand while a run is on its way', () => {
  it('takes what the run has changed for its change, and for nobody else’s', async () => {
    const world = await fleet(['a']);
    await world.rotate();
    const run = await openedUntil(world, 'promoting');
    const seen = await seenIn(world);
    expect(seen.issuer).not.toBe(seen.store);
    expect(seen).toMatchObject({
      verdict: 'busy',
      busy: `${run.id} is under way`,
      underWay: run.id,
      drift: null,
    });
  });

  it('does so where the run has begun during the look', async () => {
    const world = await fleet(['a']);
    await world.rotate();
    world.issuer.changeByOthers();
    world.issuer.apply();
    const opened: Run[] = [];
    const target = targetOf(world, 'a');
    const observe = target.observe.bind(target);
    target.observe = async (...args) => {
      opened.push(await world.open('adopt'));
      return observe(...args);
    };
    expect(await seenIn(world)).toMatchObject({ verdict: 'busy', underWay: opened[0]?.id, drift: null });
  });

  it('takes a target that waits for its turn for no drift', async () => {
    const world = await fleet(['a', 'b']);
    await world.rotate();
    const run = await openedUntil(world, 'settled');
    expect(await seenIn(world)).toMatchObject({
      verdict: 'busy',
      busy: `${run.id} is bringing the token to the targets`,
      underWay: run.id,
      drift: null,
      targets: [{ state: 'pending' }, { state: 'pending' }],
    });
  });

  it('says what somebody has changed while the run delivers', async () => {
    const world = await fleet(['a', 'b']);
    await world.rotate();
    await openedUntil(world, 'settled');
    world.issuer.changeByOthers();
    world.issuer.apply();
    expect(await seenIn(world)).toMatchObject({ verdict: 'drifted', drift: { kind: 'changed_outside' } });
  });

  it('says in any case that the server accepts any token', async () => {
    const world = await fleet(['a']);
    await world.rotate();
    await openedUntil(world, 'promoting');
    world.prober.open = true;
    expect(await seenIn(world)).toMatchObject({
      verdict: 'drifted',
      drift: { kind: 'authentication_open' },
    });
  });
});
