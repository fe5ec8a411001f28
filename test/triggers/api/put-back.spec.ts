import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { lineOfOne } from '../../../src/cli/check-line.js';
import type { Replaced, RunMode } from '../../../src/rotation/run.js';
import type { Fingerprint } from '../../../src/rotation/secret.js';
import type { VersionId } from '../../../src/stores/store.js';
import type { RotationView } from '../../../src/triggers/rotation-view.js';
import { claimedRun } from '../../contracts/journal.contract.js';
import { ApiWorld } from '../api-world.js';

describe('a rotation whose token had been replaced', () => {
  let world: ApiWorld;
  beforeEach(async () => {
    world = await ApiWorld.open();
  });
  afterEach(async () => world.close());

  const adopted = async (replaced: Replaced, mode: RunMode = 'adopt'): Promise<RotationView> => {
    const { claim } = await claimedRun(world.journal, { mode });
    const left = {
      current: { version: 'v1' as VersionId, fingerprint: '0a1b2c3d' as Fingerprint },
      replaced,
    };
    await world.journal.append(claim, { state: { state: 'settled', ...left, oldStillAccepted: false } });
    await world.journal.append(claim, {
      state: { state: 'ended', outcome: 'succeeded', detail: 'so it is', ...left },
    });
    return (await world.ask('GET', '/v1/rotations/checkout')).body as unknown as RotationView;
  };
  const isReplaced = (at: number): unknown => ({
    at: new Date(at).toISOString(),
    run: 'run_2',
    detail: `0a1b2c3d was replaced at ${new Date(at).toISOString()}, by run_2, and is in force again: whoever had it may still have it`,
    repair: 'rotor rotate checkout',
  });

  it('is shown with that, with the age of that token, and as a warning', async () => {
    const now = world.clock.now();
    const view = await adopted({ at: now - 1_000, by: 'run_2', since: now - 61_000 });
    expect(view).toMatchObject({
      state: 'fresh',
      tokenSince: new Date(now - 61_000).toISOString(),
      replacedBefore: isReplaced(now - 1_000),
    });
    const line = lineOfOne(view, now);
    expect(line.level).toBe('WARNING');
    expect(line.text).toMatch(
      /^checkout is fresh with a token that had been replaced: 0a1b2c3d was replaced at/,
    );
    expect(line.performance).toMatch(/^age=61s;/);
  });

  it('is as old as that token also where a rotation has found it', async () => {
    const now = world.clock.now();
    const replaced = { at: now - 1_000, by: 'run_2', since: now - 61_000 };
    const tokenSince = new Date(now - 61_000).toISOString();
    expect(await adopted(replaced, 'rotate')).toMatchObject({
      tokenSince,
      replacedBefore: isReplaced(now - 1_000),
    });
    const histories = await world.journal.histories(['checkout']);
    expect(histories.get('checkout')).toMatchObject({ tokenSince: now - 61_000 });
  });

  it('has no age to show where nobody knows it', async () => {
    const now = world.clock.now();
    const view = await adopted({ at: now - 1_000, by: 'run_2' });
    expect(view).toMatchObject({ tokenSince: null, replacedBefore: isReplaced(now - 1_000) });
    expect(lineOfOne(view, now)).not.toHaveProperty('performance');
  });
});
