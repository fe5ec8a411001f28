import { describe, expect, it } from '@jest/globals';
import { RotorError } from '../../src/rotation/errors.js';
import { resettable } from './harness.js';

describe('a run whose store declares more than the token', () => {
  it('ends partial, and says so, where a replica of the secret does not get the token', async () => {
    const world = await resettable();
    world.store.replicas = [{ place: 'us-west-2', state: 'failed', why: 'Access denied to the KMS key.' }];
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'partial', reason: 'replicas_behind' });
    expect(run.state).toMatchObject({
      detail: expect.stringContaining('in us-west-2 (failed: Access denied to the KMS key)'),
    });
    expect(run.deliveries[0]).toMatchObject({ state: 'converged' });
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('ends partial again where it is delivered again and the replica is no better, and succeeds once it is', async () => {
    const world = await resettable();
    const failed = { place: 'us-west-2', state: 'failed', why: 'Access denied to the KMS key.' } as const;
    world.store.replicas = [failed];
    await world.rotate();
    const again = await world.drive(await world.open('adopt'));
    expect(again.state).toMatchObject({ outcome: 'partial', reason: 'replicas_behind' });

    world.store.replicas = [{ place: 'us-west-2', state: 'in_progress' }];
    world.clock.plan(5_000, () => (world.store.replicas = [{ place: 'us-west-2', state: 'in_sync' }]));
    expect((await world.drive(await world.open('adopt'))).state).toMatchObject({ outcome: 'succeeded' });
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('sends nothing before what is declared of the secret has been put right', async () => {
    const world = await resettable();
    world.store.failNext('arrange', new RotorError('store_unavailable', 'AWS throttles TagResource.'));
    expect((await world.rotate()).state).toMatchObject({ outcome: 'succeeded' });
    world.store.failNext('arrange', new RotorError('store_refused', 'AWS refuses it.'));
    expect((await world.rotate()).state).toMatchObject({ outcome: 'failed', reason: 'refused' });
    expect(world.issuer.issued).toHaveLength(1);
  });
});
