import { describe, expect, it } from '@jest/globals';
import type { Fingerprint } from '../../src/rotation/secret.js';
import { freshToken } from '../fakes/fake-issuer.js';
import { CANARY, driveThroughPause, fleet, hopeless, targetOf } from './fleet.js';
import { rotated, Watching } from './watching.js';

describe('whoever is to hear', () => {
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

  it('is told of a run from its start to its end', async () => {
    const { world } = await rotated();
    expect(await world.told()).toEqual(['rotation.started', 'rotation.succeeded']);
  });
});
