import { describe, expect, it } from '@jest/globals';
import { refusalOf } from '../../src/rotation/asking.js';
import { RotorError } from '../../src/rotation/errors.js';
import { Secret } from '../../src/rotation/secret.js';
import { FakeResettableIssuer, freshToken } from '../fakes/fake-issuer.js';
import { FakeStore } from '../fakes/fake-store.js';
import { harness, resettable } from './harness.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
describe('a rotation whose token the server chooses', () => {
  it('ends with the new token accepted, current in the store and running in every target', async () => {
    const world = await resettable();
    const before = world.issuer.inForce;
    const run = await world.rotate();

    expect(run.state).toMatchObject({ state: 'ended', outcome: 'succeeded' });
    expect(world.issuer.issued).toHaveLength(1);
    expect(world.issuer.inForce.equals(before)).toBe(false);
    world.expectStoreHoldsTheAcceptedToken();
    expect(world.targets[0]?.delivered.at(-1)?.equals(world.issuer.inForce)).toBe(true);
  });

  it('measures the auth gap from the first refusal of the old token to the last instance on the new one', async () => {
    const world = await resettable();
    const run = await world.rotate();
    const { oldFirstRefused = 0, oldLastAccepted = 0 } = run.measure;

    expect(oldFirstRefused - oldLastAccepted).toBeGreaterThan(0);
    expect(oldFirstRefused - oldLastAccepted).toBeLessThanOrEqual(2 * SECOND);
    expect(run.deliveries[0]).toMatchObject({ state: 'converged', target: 'web' });
  });

  it('does not send a second reset when the reply of the first is lost, and finds its token in the plan', async () => {
    const world = await resettable();
    world.issuer.loseNextReply('reset');
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'succeeded' });
    expect(world.issuer.issued).toHaveLength(1);
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('ends "not observed" when a reset that may have been sent leaves no trace for the quiet period', async () => {
    const world = await resettable();
    world.issuer.failNext('reset', new RotorError('upstream_timeout', 'no answer'));
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'failed', reason: 'not_observed' });
    expect((run.endedAt ?? 0) - run.startedAt).toBeGreaterThanOrEqual(10 * MINUTE);
    expect(world.issuer.issued).toHaveLength(0);
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('sends the reset again only after proof that the first did not arrive', async () => {
    const world = await resettable();
    world.issuer.failNext(
      'reset',
      new RotorError('upstream_unreachable', 'refused', { effect: 'not_applied' }),
    );
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'succeeded' });
    expect(world.issuer.issued).toHaveLength(1);
  });

  it('ends refused when the API refuses the reset for good', async () => {
    const world = await resettable();
    const managed = new RotorError('not_rotatable', 'managed by Elastic Agent', { effect: 'not_applied' });
    world.issuer.failNext('reset', managed);
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'failed', reason: 'refused', code: 'not_rotatable' });
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('ends "plan failed" with the old token current when the plan does not go through', async () => {
    const world = await resettable({ appliesAfterMs: 60 * MINUTE });
    world.clock.plan(2 * MINUTE, () => world.issuer.fail());
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'failed', reason: 'plan_failed' });
    world.expectStoreHoldsTheAcceptedToken();
    expect(world.targets[0]?.delivered).toHaveLength(0);
  });

  it('does not take a plan that failed long before for its own', async () => {
    const world = await resettable();
    world.issuer.resetByOthers();
    world.issuer.fail();
    // Right after a change the API may list nothing as pending (kibana#136974), and the old failure all the while.
    const inspect = world.issuer.inspect.bind(world.issuer);
    world.issuer.inspect = async (resource, signal) => {
      const { pending: _pending, busy: _busy, ...hidden } = await inspect(resource, signal);
      return hidden;
    };
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'succeeded' });
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('ends "resource gone" when the deployment is deleted in mid-run, with every token kept', async () => {
    const world = await resettable({ appliesAfterMs: 60 * MINUTE });
    world.clock.plan(2 * MINUTE, () => {
      world.issuer.unavailable = new RotorError('upstream_not_found', 'the deployment is gone');
    });
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'failed', reason: 'resource_gone' });
    const kept = [...world.store.values.values()];
    expect(kept).toContain(world.issuer.issued[0]?.reveal());
  });

  it('ends so as well where somebody has moved the store, and the APM Server no longer tells who is right', async () => {
    const world = await resettable();
    const promote = world.store.promote.bind(world.store);
    world.store.promote = async (...call) => {
      world.store.moveCurrentTo(freshToken().reveal());
      world.prober.down = true;
      world.issuer.unavailable = new RotorError('upstream_not_found', 'the deployment is gone');
      return promote(...call);
    };
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'failed', reason: 'resource_gone' });
    expect([...world.store.values.values()]).toContain(world.issuer.issued[0]?.reveal());
  });

  it('goes on with the token of a colleague who resets in mid-run', async () => {
    const world = await resettable();
    world.clock.plan(60 * SECOND, () => world.issuer.resetByOthers());
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'succeeded' });
    expect(world.issuer.inForce.equals(world.issuer.issued[1] ?? freshToken())).toBe(true);
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('promotes again on top when somebody moves the store to a token that the server refuses', async () => {
    const world = await resettable();
    world.clock.plan(60 * SECOND, () => world.store.moveCurrentTo(freshToken().reveal()));
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'succeeded' });
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('stages its token anew when the store says that the staged version was built on an older one', async () => {
    const world = await resettable();
    const promote = world.store.promote.bind(world.store);
    let refusals = 0;
    world.store.promote = async (...call) => {
      refusals += 1;
      if (refusals === 1) throw new RotorError('store_conflict', 'another key of the object has changed');
      return promote(...call);
    };
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'succeeded' });
    const copies = [...world.store.values.values()].filter(
      (value) => value === world.issuer.inForce.reveal(),
    );
    expect(copies).toHaveLength(2);
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('repairs a store that had drifted before it resets', async () => {
    const issuer = new FakeResettableIssuer({ rollout: 'at_once' });
    const world = await harness(issuer, new FakeStore(freshToken().reveal()));
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'succeeded' });
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('stores the token in force first where the secret does not exist yet', async () => {
    const issuer = new FakeResettableIssuer({ rollout: 'at_once' });
    const before = issuer.inForce;
    const world = await harness(issuer, new FakeStore());
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'succeeded', previous: { fingerprint: before.fingerprint } });
    expect([...world.store.values.values()]).toContain(before.reveal());
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('refuses before anything is sent when the server accepts a random token', async () => {
    const world = await resettable();
    world.prober.open = true;
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'failed', reason: 'refused', code: 'authentication_open' });
    expect(world.issuer.issued).toHaveLength(0);
  });

  it('refuses when the token in force cannot be read, since a lost reply could not be recovered', async () => {
    const world = await resettable();
    world.issuer.readable = false;
    const run = await world.rotate();

    expect(run.state).toMatchObject({ reason: 'refused', code: 'token_unreadable' });
    expect(world.issuer.issued).toHaveLength(0);
  });

  it('waits for a pending plan, and refuses when it stays pending', async () => {
    const world = await resettable();
    world.issuer.busy = 'a plan is pending on main-kibana';
    const run = await world.rotate();

    expect(run.state).toMatchObject({ reason: 'refused', code: 'upstream_busy' });
    expect((run.endedAt ?? 0) - run.startedAt).toBeLessThanOrEqual(6 * MINUTE);
  });

  it('stalls without ending while one of three instances stays on the old token, and goes on when it switches', async () => {
    const world = await resettable({ appliesAfterMs: 200 * MINUTE });
    world.policy = { ...world.policy, acceptDeadlineMs: 4 * MINUTE };
    world.clock.plan(60 * SECOND, () => {
      const old = world.issuer.instances[0] ?? freshToken();
      world.issuer.apply();
      world.issuer.instances[0] = old;
    });
    const opened = await world.open();
    const stalled = await world.driveUntilStalled(opened);

    expect(stalled.state).toMatchObject({ state: 'accepting', stalled: { reason: 'instances_disagree' } });
    expect(refusalOf(stalled, 'adopt')).toContain('no token is accepted by every connection');
    world.expectNothingLost();

    world.issuer.switchInstance(0);
    expect((await world.drive(opened)).state).toMatchObject({ outcome: 'succeeded' });
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('ends partial when the old token is accepted everywhere beside the new one after the deadline', async () => {
    const world = await resettable();
    world.policy = { ...world.policy, acceptDeadlineMs: 4 * MINUTE };
    const old = world.issuer.inForce;
    world.prober.alsoAccepted = old;
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'partial', reason: 'old_still_accepted' });
    expect((run.endedAt ?? 0) - run.startedAt).toBeGreaterThanOrEqual(4 * MINUTE);
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('stalls when the server starts to accept any token after the reset', async () => {
    const world = await resettable();
    world.clock.plan(60 * SECOND, () => {
      world.prober.open = true;
    });
    const stalled = await world.driveUntilStalled(await world.open());

    expect(stalled.state).toMatchObject({ state: 'accepting', stalled: { reason: 'authentication_open' } });
    expect(refusalOf(stalled, 'adopt')).toContain('nothing proves one');
    world.expectNothingLost();
  });

  it('stalls while the store refuses the new token, and takes it from the plan once the store answers again', async () => {
    const world = await resettable();
    const reset = world.issuer.reset.bind(world.issuer);
    world.issuer.reset = async (resource, signal) => {
      for (let tries = 0; tries < 12; tries += 1)
        world.store.failNext('stage', new RotorError('store_denied', 'no permission to write'));
      return reset(resource, signal);
    };
    const opened = await world.open();
    const stalled = await world.driveUntilStalled(opened);
    expect(stalled.state).toMatchObject({ state: 'resetting', stalled: { reason: 'store_denied' } });

    expect((await world.drive(opened)).state).toMatchObject({ outcome: 'succeeded' });
    expect(world.issuer.issued).toHaveLength(1);
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('keeps a token of unusual form as it is and says so', async () => {
    const world = await resettable();
    const odd = new Secret(`${freshToken().reveal()}${'x'.repeat(240)}`);
    world.issuer.loseNextReply('reset');
    world.clock.plan(45 * SECOND, () => world.issuer.changeByOthers(odd));
    const run = await world.rotate();
    const notes = (await world.journal.entries(run.id)).map((entry) => entry.note ?? '');

    expect(run.state).toMatchObject({ outcome: 'succeeded', current: { fingerprint: odd.fingerprint } });
    expect(notes.join('\n')).toContain('233');
    expect(notes.join('\n')).not.toContain(odd.reveal());
  });
});
