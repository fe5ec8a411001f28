import { describe, expect, it } from '@jest/globals';
import type { Run } from '../../src/rotation/run.js';
import type { StageKey, VersionId } from '../../src/stores/store.js';
import { freshToken } from '../fakes/fake-issuer.js';
import { resettable, settable } from './harness.js';

const never = new AbortController().signal;

describe('a secret that vanishes between the anchor and the reply of the reset', () => {
  it('is not made anew with a token that nothing has accepted; the run goes on when it is there again', async () => {
    const world = await resettable();
    const before = world.issuer.inForce;
    const reset = world.issuer.reset.bind(world.issuer);
    world.issuer.reset = async (...call) => {
      const token = await reset(...call);
      world.store.values.clear();
      world.store.labelled.clear();
      world.store.currentVersion = undefined;
      return token;
    };
    const stalled = await world.driveUntilStalled(await world.open());
    expect(stalled.state).toMatchObject({ state: 'resetting', stalled: { reason: 'store_missing' } });
    expect(world.store.currentToken).toBeUndefined();

    world.store.moveCurrentTo(before.reveal());
    world.store.values.set(previousOf(stalled), before.reveal());
    const run = await world.drive(stalled);
    expect(run.state).toMatchObject({ outcome: 'succeeded' });
    expect(world.issuer.issued).toHaveLength(1);
    world.expectStoreHoldsTheAcceptedToken();
  });
});

describe('labels that failed runs have left', () => {
  it('are taken off before a run where there are many, and the one that is accepted stays', async () => {
    const world = await settable();
    for (let index = 0; index < 11; index += 1) {
      const key = `left-over-${index}` as StageKey;
      await world.store.stage(key, freshToken(), world.store.currentVersion ?? null, never);
    }
    const released: number[] = [];
    const release = world.store.release.bind(world.store);
    world.store.release = async (...call) => {
      released.push(world.issuer.writes);
      return release(...call);
    };
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'succeeded' });
    expect(released.filter((writes) => writes === 0)).toHaveLength(11);
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('are taken off once, also where reads go on to show them', async () => {
    const world = await resettable();
    const { currentVersion = null } = world.store;
    for (let index = 0; index < 11; index += 1)
      await world.store.stage(`left-over-${index}` as StageKey, freshToken(), currentVersion, never);
    await world.store.stage('copy' as StageKey, world.issuer.inForce, currentVersion, never);
    const released: VersionId[] = [];
    // Acted on, and not to be seen.
    world.store.release = async (version) => void released.push(version);
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'succeeded' });
    const beforeReset = released.slice(0, 12);
    expect(new Set(beforeReset).size).toBe(12);
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('stay where there are few: each is a token that was on its way once', async () => {
    const world = await settable();
    const key = 'left-over' as StageKey;
    await world.store.stage(key, freshToken(), world.store.currentVersion ?? null, never);
    let before = 0;
    const set = world.issuer.set.bind(world.issuer);
    world.issuer.set = async (...call) => {
      before = world.store.labelled.size;
      return set(...call);
    };
    await world.rotate();
    expect(before).toBe(2);
  });
});

function previousOf({ state }: Run): VersionId {
  if (state.state !== 'resetting') throw new Error(`the run is ${state.state}`);
  return state.previous.version;
}

describe('a token that an earlier run has left staged', () => {
  it('is adopted where the APM Server runs with it and refuses the one that the issuer shows', async () => {
    const world = await settable();
    const leftOver = freshToken();
    await world.store.stage('left-over' as StageKey, leftOver, world.store.currentVersion ?? null, never);
    world.issuer.instances.fill(leftOver);
    const run = await world.rotate();

    expect(world.store.currentToken === leftOver.reveal()).toBe(true);
    expect(world.issuer.writes).toBe(0);
    expect(run.state).toMatchObject({ outcome: 'succeeded', current: { fingerprint: leftOver.fingerprint } });
  });
});

describe('label reads that disagree', () => {
  it('keep the lock until K in a row name the promoted version', async () => {
    const world = await settable();
    const before = world.store.currentVersion;
    let reads = 0;
    const heads = world.store.heads.bind(world.store);
    const promote = world.store.promote.bind(world.store);
    world.store.promote = async (...call) => {
      await promote(...call);
      world.store.heads = async (signal) => {
        const now = await heads(signal);
        reads += 1;
        if (reads !== 2 || !before || !now.current) return now;
        return { ...now, current: { ...now.current, version: before } };
      };
    };
    const run = await world.rotate();

    expect(run.state).toMatchObject({ outcome: 'succeeded' });
    // Three reads of which the second was old, then three that agree.
    expect(reads).toBeGreaterThanOrEqual(5);
  });
});
