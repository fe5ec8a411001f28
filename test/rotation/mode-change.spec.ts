import { describe, expect, it } from '@jest/globals';
import { RotorError } from '../../src/rotation/errors.js';
import { freshToken } from '../fakes/fake-issuer.js';
import { resettable } from './harness.js';

const MINUTE = 60_000;
const MOVED = 'checkout-prod / main-apm: APM is managed by Elastic Agent by now.';

type World = Awaited<ReturnType<typeof resettable>>;

/** As the Cloud API answers from then on: the plan's token is the one from before, and says nothing. */
function switchMode({ issuer }: World): void {
  issuer.moved = MOVED;
  issuer.readable = false;
}

describe('a resource whose token is set elsewhere by now', () => {
  it('is refused before anything was sent', async () => {
    const world = await resettable();
    switchMode(world);
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'failed', reason: 'refused', code: 'mode_changed' });
    expect(world.issuer.writes).toBe(0);
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('is promoted when the APM Server accepts the new token all the same', async () => {
    const world = await resettable();
    world.clock.plan(MINUTE, () => switchMode(world));
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'succeeded' });
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('ends "mode changed" with the old token current when the APM Server stays on it', async () => {
    const world = await resettable({ appliesAfterMs: 24 * 60 * MINUTE });
    world.clock.plan(MINUTE, () => {
      world.issuer.fail();
      switchMode(world);
    });
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'failed', reason: 'mode_changed' });
    expect(run.state).toMatchObject({ detail: expect.stringContaining(MOVED) });
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('ends "mode changed" after a lost reply only when the old token is accepted for the quiet period', async () => {
    const world = await resettable();
    world.issuer.failNext('reset', new RotorError('upstream_timeout', 'no answer'));
    world.clock.plan(MINUTE, () => switchMode(world));
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'failed', reason: 'mode_changed' });
    expect((run.endedAt ?? 0) - run.startedAt).toBeGreaterThanOrEqual(10 * MINUTE);
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('never ends while the token in force is one that nobody knows, and goes on when it can be read', async () => {
    const world = await resettable();
    world.issuer.failNext('reset', new RotorError('upstream_timeout', 'no answer'));
    world.clock.plan(MINUTE, () => {
      switchMode(world);
      world.issuer.changeByOthers(freshToken());
    });
    const stalled = await world.driveUntilStalled(await world.open());
    expect(stalled.state).toMatchObject({ state: 'resetting', stalled: { reason: 'mode_changed' } });

    world.issuer.readable = true;
    const run = await world.drive(stalled);
    expect(run.state).toMatchObject({ outcome: 'succeeded' });
    world.expectStoreHoldsTheAcceptedToken();
  });
});
