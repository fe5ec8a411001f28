import { describe, expect, it } from '@jest/globals';
import { RotorError } from '../../src/rotation/errors.js';
import { freshToken } from '../fakes/fake-issuer.js';
import { FakeStore } from '../fakes/fake-store.js';
import { FakeSettableIssuer } from '../fakes/fake-issuer.js';
import { harness, settable } from './harness.js';

const REJECTED = 'agent-1: the APM input has failed: failed to load input config.';
const MINUTE = 60_000;

describe('a token that is not taken', () => {
  it('goes back to the previous one as soon as the APM Server is said to have refused the policy', async () => {
    const world = await settable({ rollout: 'by_hand' });
    const before = world.issuer.inForce;
    world.issuer.rejected = REJECTED;
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'failed', reason: 'rolled_back' });
    expect(run.state).toMatchObject({ detail: expect.stringContaining('failed to load input config') });
    expect((run.endedAt ?? 0) - run.startedAt).toBeLessThan(2 * MINUTE);
    expect(world.issuer.inForce.equals(before)).toBe(true);
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('is not taken back for what one part says, while another part accepts it already', async () => {
    const world = await settable({ rollout: 'by_hand' });
    world.issuer.rejected = REJECTED;
    world.clock.plan(15_000, () => world.issuer.switchInstance(0));
    world.clock.plan(5 * MINUTE, () => world.issuer.apply());
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'succeeded' });
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('goes back at once when the issuer keeps it in another form than it was given', async () => {
    const world = await settable();
    const before = world.issuer.inForce;
    const set = world.issuer.set.bind(world.issuer);
    world.issuer.set = async (...call) => {
      await set(...call);
      world.issuer.set = set;
      throw new RotorError('token_not_taken', 'the policy compiled the token to null');
    };
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'failed', reason: 'rolled_back' });
    expect(run.state).toMatchObject({ detail: expect.stringContaining('compiled the token to null') });
    expect(world.issuer.inForce.equals(before)).toBe(true);
    world.expectStoreHoldsTheAcceptedToken();
  });
});

describe('a token in force that cannot be read', () => {
  it("is taken to be the store's current one where the APM Server accepts that", async () => {
    const world = await settable({ readable: false });
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'succeeded' });
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('is refused where the store holds another one, before anything is written', async () => {
    const issuer = new FakeSettableIssuer({ readable: false, rollout: 'at_once' });
    const world = await harness(issuer, new FakeStore(freshToken().reveal()));
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'failed', reason: 'refused', code: 'token_unreadable' });
    expect(issuer.writes).toBe(0);
  });

  it('can be adopted from the store, which delivers it', async () => {
    const world = await settable({ readable: false });
    const run = await world.rotate('adopt');

    expect(run.state).toMatchObject({ outcome: 'succeeded' });
    expect(world.issuer.writes).toBe(0);
    expect(world.targets[0]?.delivered.at(-1)?.equals(world.issuer.inForce)).toBe(true);
  });
});
