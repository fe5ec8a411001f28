import { describe, expect, it } from '@jest/globals';
import { RotorError } from '../../src/rotation/errors.js';
import { resettable, type Harness } from './harness.js';
import type { FakeResettableIssuer } from '../fakes/fake-issuer.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

type World = Harness<FakeResettableIssuer>;

/**
 * When the issuer was asked, and with how many connections the APM Server, in milliseconds since the reset. What is to
 * happen is told by the same time.
 */
function listenTo(world: World, ...happens: [ms: number, act: () => void][]) {
  const heard = { asked: [] as number[], shown: [] as { at: number; connections: number }[] };
  const { issuer, prober, clock } = world;
  let since = 0;
  const reset = issuer.reset.bind(issuer);
  const inspect = issuer.inspect.bind(issuer);
  const probe = prober.probe.bind(prober);
  issuer.reset = async (...with_) => {
    since = clock.now();
    for (const [ms, act] of happens) clock.plan(ms, act);
    return reset(...with_);
  };
  issuer.inspect = async (...with_) => {
    if (since > 0) heard.asked.push(clock.now() - since);
    return inspect(...with_);
  };
  prober.probe = async (...with_) => {
    const [, , connections] = with_;
    if (since > 0) heard.shown.push({ at: clock.now() - since, connections });
    return probe(...with_);
  };
  return heard;
}

describe('while the plan with the new token is under way', () => {
  it('asks the APM Server once a second, and the issuer once in five seconds', async () => {
    const world = await resettable({ appliesAfterMs: MINUTE });
    const heard = listenTo(world);
    await world.rotate();
    const meanwhile = (at: number): boolean => at > 5 * SECOND && at < 55 * SECOND;
    const looks = heard.shown.filter(({ at }) => meanwhile(at));

    expect(looks).toHaveLength(49);
    expect(new Set(looks.map(({ connections }) => connections))).toEqual(new Set([world.policy.probes]));
    expect(heard.asked.filter(meanwhile)).toHaveLength(9);
  });

  it('asks the issuer at each look again once one instance refuses the old token', async () => {
    const world = await resettable({ appliesAfterMs: MINUTE });
    const heard = listenTo(world, [20.5 * SECOND, () => world.issuer.switchInstance(2)]);
    await world.rotate();

    expect(heard.asked.filter((at) => at > 21 * SECOND && at < 55 * SECOND)).toHaveLength(33);
  });

  it('asks the issuer at each look where the APM Server does not answer', async () => {
    const world = await resettable({ appliesAfterMs: MINUTE });
    const heard = listenTo(
      world,
      [20.5 * SECOND, () => (world.prober.down = true)],
      [50.5 * SECOND, () => (world.prober.down = false)],
    );
    await world.rotate();

    expect(heard.asked.filter((at) => at > 21 * SECOND && at < 50 * SECOND)).toHaveLength(28);
  });

  it('takes the token that somebody else sets meanwhile', async () => {
    const world = await resettable({ appliesAfterMs: 2 * MINUTE });
    listenTo(world, [20.5 * SECOND, () => world.issuer.changeByOthers()]);
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'succeeded' });
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('sees within five seconds that the plan has failed', async () => {
    const world = await resettable({ appliesAfterMs: 60 * MINUTE });
    const heard = listenTo(world, [20.5 * SECOND, () => world.issuer.fail()]);
    const run = await world.rotate();

    expect(run.state).toMatchObject({ reason: 'plan_failed' });
    expect(heard.asked.some((at) => at > 20.5 * SECOND && at <= 25.5 * SECOND)).toBe(true);
  });

  it('takes no answer from before for one of now where another token is on its way', async () => {
    const world = await resettable({ appliesAfterMs: 2 * MINUTE });
    const failed = new RotorError('store_unavailable', 'no answer');
    const heard = listenTo(world, [
      20.5 * SECOND,
      () => {
        world.issuer.fail();
        world.issuer.resetByOthers();
        world.store.failNext('stage', failed);
      },
    ]);
    const run = await world.rotate();
    const [first = 0, second = 0] = heard.asked.filter((at) => at > 20.5 * SECOND);

    expect(run.state).toMatchObject({ outcome: 'succeeded' });
    expect(second - first).toBeLessThan(5 * SECOND);
  });
});
