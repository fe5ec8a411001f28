import { describe, expect, it } from '@jest/globals';
import { freshToken } from '../fakes/fake-issuer.js';
import { notLoaded, rotated } from './watching.js';

describe('a token that the last run left and that somebody took out of the store', () => {
  it('is made current again by the watch, and by no rotation, where the APM Server still runs with it', async () => {
    const { world, watching } = await rotated();
    const last = world.issuer.inForce;
    notLoaded(world);
    world.store.moveCurrentTo(freshToken().reveal());
    expect((await world.rotate()).state).toMatchObject({ reason: 'refused', code: 'token_refused' });
    await watching.look(2);
    expect(watching.found).toMatchObject({
      kind: 'store_edited',
      adoptable: true,
      detail: expect.stringContaining(`accepts ${last.fingerprint}, as the last run left it`),
    });
    expect((await watching.adoption()).state).toMatchObject({
      outcome: 'succeeded',
      current: { fingerprint: last.fingerprint },
    });
    world.expectStoreHoldsTheAcceptedToken();
    await watching.look(2);
    expect(watching.found).toMatchObject({ kind: 'issuer_ahead' });
  });

  it('is one that nobody knows where the store no longer has it', async () => {
    const { world, watching } = await rotated();
    notLoaded(world);
    world.store.values.clear();
    world.store.moveCurrentTo(freshToken().reveal());
    await watching.look(2);
    expect(watching.found).toMatchObject({ kind: 'unknown_token' });
    expect(watching.failures).toEqual([]);
  });

  it('is for a person to make current where the issuer shows none', async () => {
    const { world, watching } = await rotated();
    world.issuer.readable = false;
    world.store.moveCurrentTo(freshToken().reveal());
    await watching.look(2);
    expect(watching.found).toMatchObject({ kind: 'store_edited', adoptable: false });
    expect(watching.found?.repair).toContain('version');
  });
});
