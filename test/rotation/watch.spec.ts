import { describe, expect, it } from '@jest/globals';
import { RotorError } from '../../src/rotation/errors.js';
import { freshToken } from '../fakes/fake-issuer.js';
import { resettable, settable } from './harness.js';
import { MINUTE, notLoaded, refusedAtFirst, rotated, Watching } from './watching.js';

describe('the watch between two runs', () => {
  it('finds nothing where all agrees', async () => {
    const { watching } = await rotated();
    await watching.look(5);
    expect({ found: watching.found, alerts: watching.alerts, failures: watching.failures }).toEqual({
      found: undefined,
      alerts: [],
      failures: [],
    });
  });

  it('leaves a rotation alone that had no run yet', async () => {
    const world = await settable();
    world.store.moveCurrentTo(freshToken().reveal());
    const watching = new Watching(world);
    await watching.look(3);
    expect(watching.alerts).toEqual([]);
  });

  it('looks after a rotation from its first run on, also where that was refused', async () => {
    const { world, watching } = await refusedAtFirst();
    world.issuer.changeByOthers();
    await watching.look(2);
    expect(watching.found).toMatchObject({
      kind: 'changed_outside',
      detail: expect.stringMatching(/no run has settled, so it is not known which of the two was changed$/),
    });
    expect((await watching.adoption()).state).toMatchObject({ outcome: 'succeeded' });
    world.expectStoreHoldsTheAcceptedToken();
    await watching.look(2);
    expect(watching.found).toBeUndefined();
  });

  it('says nothing after a first run that was refused while the store has no token', async () => {
    const { world, watching } = await refusedAtFirst();
    world.store.currentVersion = undefined;
    await watching.look(3);
    expect({ alerts: watching.alerts, failures: watching.failures }).toEqual({ alerts: [], failures: [] });
  });

  it('takes no target for behind before anything was delivered to it', async () => {
    const { watching } = await refusedAtFirst();
    await watching.look(3);
    expect(watching.alerts).toEqual([]);
  });

  it('adopts a token that was changed outside Rotor, after two looks and not after one', async () => {
    const { world, watching } = await rotated();
    world.issuer.changeByOthers();
    await watching.look();
    expect(watching.adopted).toHaveLength(0);
    await watching.look();
    expect(watching.alerts).toMatchObject([{ drift: { kind: 'changed_outside' }, adopting: true }]);

    expect((await watching.adoption()).state).toMatchObject({ outcome: 'succeeded' });
    world.expectStoreHoldsTheAcceptedToken();
    await watching.look(2);
    expect(watching.found).toBeUndefined();
  });

  it('tells an old token that was put back from a new one', async () => {
    const world = await settable();
    const before = world.issuer.inForce;
    await world.rotate();
    const watching = new Watching(world);
    world.issuer.changeByOthers(before);
    await watching.look(2);
    expect(watching.found).toMatchObject({ kind: 'old_token_back', repair: 'rotor adopt checkout' });
    await watching.adoption();
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('puts the token in force back into a store that was edited', async () => {
    const { world, watching } = await rotated();
    world.store.moveCurrentTo(freshToken().reveal());
    await watching.look(2);
    expect(watching.found).toMatchObject({ kind: 'store_edited' });
    await watching.adoption();
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('delivers again to a target that fell behind', async () => {
    const { world, watching } = await rotated();
    const [target] = world.targets;
    if (target) target.instances = [freshToken().fingerprint];
    await watching.look(2);
    expect(watching.found).toMatchObject({
      kind: 'target_behind',
      detail: expect.stringContaining('web runs'),
    });
    const run = await watching.adoption();
    expect(run.deliveries).toMatchObject([{ target: 'web', state: 'converged' }]);
  });

  it('adopts the token of a reset that another replica sent late', async () => {
    const world = await resettable();
    await world.rotate();
    const watching = new Watching(world);
    world.issuer.resetByOthers();
    await watching.look(2);
    expect(watching.found).toBeUndefined();
    world.issuer.apply();
    await watching.look(2);
    expect((await watching.adoption()).state).toMatchObject({ outcome: 'succeeded' });
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('adopts the token of a very first reset that arrived after its run had given it up', async () => {
    const world = await resettable();
    const watching = new Watching(world, { onDrift: 'alert' });
    world.issuer.failNext('reset', new RotorError('upstream_timeout', 'No answer.'));
    expect((await world.rotate()).state).toMatchObject({ outcome: 'failed', reason: 'not_observed' });
    world.issuer.resetByOthers();
    world.issuer.apply();
    await watching.look(2);
    expect((await watching.adoption()).state).toMatchObject({ outcome: 'succeeded' });
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('does so also where a later run was refused in between', async () => {
    const world = await resettable();
    const watching = new Watching(world, { onDrift: 'alert' });
    world.issuer.failNext('reset', new RotorError('upstream_timeout', 'No answer.'));
    expect((await world.rotate()).state).toMatchObject({ reason: 'not_observed' });
    world.prober.open = true;
    expect((await world.rotate()).state).toMatchObject({ reason: 'refused' });
    world.prober.open = false;
    world.issuer.resetByOthers();
    world.issuer.apply();
    await watching.look(2);
    expect((await watching.adoption()).state).toMatchObject({ outcome: 'succeeded' });
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('only says so where it shall, once', async () => {
    const { world, watching } = await rotated({ onDrift: 'alert' });
    world.issuer.changeByOthers();
    await watching.look(5);
    expect(watching.adopted).toHaveLength(0);
    expect(watching.alerts).toMatchObject([{ drift: { kind: 'changed_outside' }, adopting: false }]);
  });

  it('adopts also where it shall only say so, after an end that left open what the server would do', async () => {
    const { world, watching } = await rotated({ onDrift: 'alert' });
    world.issuer.rollout = 'by_hand';
    world.policy = { ...world.policy, acceptDeadlineMs: 2 * MINUTE };
    expect((await world.rotate()).state).toMatchObject({ reason: 'rolled_back' });
    world.issuer.changeByOthers();
    await watching.look(2);
    expect(watching.adopted).toHaveLength(1);
  });

  it('says that nobody knows the token, and adopts nothing', async () => {
    const { world, watching } = await rotated();
    world.issuer.readable = false;
    world.issuer.changeByOthers();
    await watching.look(2);
    expect(watching.alerts).toMatchObject([{ drift: { kind: 'unknown_token', adoptable: false } }]);
    expect(watching.adopted).toHaveLength(0);
  });

  it('says that authentication is switched off', async () => {
    const { world, watching } = await rotated();
    world.prober.open = true;
    await watching.look(2);
    expect(watching.alerts).toMatchObject([{ drift: { kind: 'authentication_open' }, adopting: false }]);
  });

  it('says that the issuer holds a token that the APM Server has not loaded', async () => {
    const { world, watching } = await rotated();
    notLoaded(world);
    await watching.look(2);
    expect(watching.found).toMatchObject({ kind: 'issuer_ahead', adoptable: false });
  });

  it('says that one instance stayed behind', async () => {
    const { world, watching } = await rotated();
    world.issuer.instances[0] = freshToken();
    await watching.look(2);
    expect(watching.found).toMatchObject({ kind: 'instances_disagree' });
  });

  it('waits longer and longer between adoptions that do not help', async () => {
    const { world, watching } = await rotated();
    const [target] = world.targets;
    if (!target) throw new Error('the world has no target');
    target.instancesFollow = false;
    target.instances = [freshToken().fingerprint];
    world.policy = { ...world.policy, retries: { max: 0, baseMs: 1_000, capMs: 1_000 } };
    const began: number[] = [];
    for (let look = 0; look < 40; look += 1) {
      const before = watching.adopted.length;
      await watching.look();
      if (watching.adopted.length === before) continue;
      began.push(look);
      target.failNext('deliver', new RotorError('target_failed', 'away'));
      await watching.adoption();
    }
    const pauses = began.slice(1).map((at, index) => at - (began[index] ?? 0));
    expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
    expect(pauses.at(-1)).toBeGreaterThan(4);
  });

  it('goes on after a look that failed, and says what stood in its way', async () => {
    const { world, watching } = await rotated();
    world.issuer.failNext('inspect', new RotorError('upstream_unreachable', 'no route'));
    await watching.look();
    expect(watching.failures).toEqual(['no route']);
    world.issuer.changeByOthers();
    await watching.look(2);
    expect(watching.adopted).toHaveLength(1);
  });

  it('says when all is in step again without it', async () => {
    const { world, watching } = await rotated({ onDrift: 'alert' });
    const current = world.store.currentToken ?? '';
    world.store.moveCurrentTo(freshToken().reveal());
    await watching.look(2);
    world.store.moveCurrentTo(current);
    await watching.look();
    expect({ found: watching.found, backInStep: watching.backInStep }).toEqual({
      found: undefined,
      backInStep: 1,
    });
  });

  it('looks nowhere while a run is on its way', async () => {
    const { world, watching } = await rotated();
    world.issuer.changeByOthers();
    await watching.look();
    await world.open('adopt');
    await watching.look(3);
    expect(watching.found).toBeUndefined();
    expect(watching.adopted).toHaveLength(0);
  });
});
