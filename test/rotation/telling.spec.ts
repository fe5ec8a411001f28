import { describe, expect, it } from '@jest/globals';
import type { Fingerprint } from '../../src/rotation/secret.js';
import { freshToken } from '../fakes/fake-issuer.js';
import { resettable, settable, type AnyIssuer, type Harness } from './harness.js';
import { CANARY, driveThroughPause, fleet, hopeless, targetOf } from './fleet.js';
import { rotated, Watching } from './watching.js';

const MINUTE = 60_000;

/** As they would be sent, oldest first. */
async function bodiesFor({ journal }: Harness<AnyIssuer>) {
  const bodies: { readonly type: string; readonly data: unknown }[] = [];
  for (;;) {
    const claim = await journal.notifications.claim('ops', 'https://hooks.example.com');
    if (!claim) return bodies;
    bodies.push(JSON.parse(claim.body) as (typeof bodies)[number]);
    await journal.notifications.sent(claim);
  }
}

describe('whoever is to hear', () => {
  it('is told of a run that somebody cancelled', async () => {
    const world = await resettable();
    const run = await world.open();
    await world.journal.ask(run.id, { what: 'cancel', reason: 'not today' }, () => undefined);
    expect((await world.drive(run)).state).toMatchObject({ outcome: 'cancelled' });
    expect(await world.told()).toEqual(['rotation.started', 'rotation.cancelled']);
  });

  it('is told of a drift once, also when the watch starts anew, and again when it comes back', async () => {
    const { world, watching } = await rotated({ onDrift: 'alert' });
    const drifts = async () => (await world.told()).filter((name) => name === 'drift.detected').length;
    const behind = (token: Fingerprint): void => {
      const [target] = world.targets;
      if (target) target.instances = [token];
    };
    behind(freshToken().fingerprint);
    await watching.look(4);
    await new Watching(world, { onDrift: 'alert' }).look(4);
    expect(await drifts()).toBe(1);
    behind(world.issuer.inForce.fingerprint);
    await watching.look(2);
    behind(freshToken().fingerprint);
    await watching.look(2);
    expect(await drifts()).toBe(2);
    await world.drive(await world.open('adopt'));
    behind(freshToken().fingerprint);
    await watching.look(2);
    expect(await drifts()).toBe(3);
  });

  it('is told when a drift is over, and which run has mended it', async () => {
    const { world, watching } = await rotated({ onDrift: 'alert' });
    const [target] = world.targets;
    const drift = async (token: Fingerprint) => {
      if (target) target.instances = [token];
      await watching.look(2);
    };
    await drift(freshToken().fingerprint);
    await drift(world.issuer.inForce.fingerprint);
    await watching.look(2);
    await drift(freshToken().fingerprint);
    const run = await world.drive(await world.open('adopt'));
    await watching.look(2);
    expect((await world.told()).slice(2)).toEqual([
      'drift.detected',
      'drift.ended',
      'drift.detected',
      'rotation.started',
      'rotation.succeeded',
      'drift.ended',
    ]);
    const ends = (await bodiesFor(world)).filter(({ type }) => type === 'dev.rotor.drift.ended.v1');
    expect(ends).toMatchObject([{ data: { mendedBy: null } }, { data: { mendedBy: run.id } }]);
  });

  it('is told that a stalled run goes on', async () => {
    const world = await resettable({ appliesAfterMs: 200 * MINUTE });
    world.policy = { ...world.policy, acceptDeadlineMs: 4 * MINUTE };
    world.clock.plan(MINUTE, () => {
      const old = world.issuer.instances[0] ?? freshToken();
      world.issuer.apply();
      world.issuer.instances[0] = old;
    });
    const stalled = await world.driveUntilStalled(await world.open());
    expect(await world.told()).toEqual(['rotation.started', 'rotation.stalled']);
    world.issuer.switchInstance(0);
    await world.drive(stalled);
    expect((await world.told()).slice(2)).toEqual(['rotation.unstalled', 'rotation.succeeded']);
  });

  it('is told when a failed target pauses the deliveries and when somebody resumes them, once each', async () => {
    const world = await fleet(['a', 'b'], { ...CANARY, onTargetFailure: 'pause' }, { a: { wave: 'canary' } });
    hopeless(targetOf(world, 'a'));
    await driveThroughPause(world, await world.open(), 'resume');
    expect(await world.told()).toEqual([
      'rotation.started',
      'delivery.failed',
      'deliveries.paused',
      'deliveries.resumed',
      'rotation.partial',
    ]);
  });

  it('is told once of a target that failed that it runs with the token, whichever run has brought it', async () => {
    const world = await fleet(['a', 'b']);
    hopeless(targetOf(world, 'a'));
    await world.drive(await world.open());
    await world.drive(await world.open('adopt'));
    await world.drive(await world.open('adopt'));
    expect(await world.told()).toEqual([
      'rotation.started',
      'delivery.failed',
      'rotation.partial',
      'rotation.started',
      'delivery.converged',
      'rotation.succeeded',
      'rotation.started',
      'rotation.succeeded',
    ]);
    const recovered = (await bodiesFor(world)).filter(({ type }) => type.includes('converged'));
    expect(recovered).toMatchObject([{ data: { target: 'a', run: { mode: 'adopt' } } }]);
  });

  it('is told once that a new token was not accepted', async () => {
    const world = await settable({ rollout: 'by_hand' });
    world.issuer.rejected = 'the APM input has failed';
    await world.rotate();
    const failed = (await bodiesFor(world)).filter(({ type }) => type.includes('verification'));
    expect(failed).toMatchObject([{ data: { check: 'new_token' } }]);
    expect(JSON.stringify(failed)).toContain('the APM input has failed');
  });

  it('is told of a run from its start to its end', async () => {
    const { world } = await rotated();
    expect(await world.told()).toEqual(['rotation.started', 'rotation.succeeded']);
  });
});
