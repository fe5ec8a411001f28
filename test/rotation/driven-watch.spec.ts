import { describe, expect, it } from '@jest/globals';
import { freshToken } from '../fakes/fake-issuer.js';
import { settable } from './harness.js';
import { rotated, Watching } from './watching.js';

describe('the watch over a rotation that its store drives', () => {
  it('delivers what the rotation of the store has made current, also where it shall only say so', async () => {
    const { world, watching } = await rotated({ isDriven: true, onDrift: 'alert' });
    await watching.look(2);
    expect(watching.adopted).toEqual([]);
    const token = freshToken();
    world.issuer.changeByOthers(token);
    world.store.moveCurrentTo(token.reveal());
    await watching.look(2);
    const run = await watching.adoption();
    expect(run.state).toMatchObject({ outcome: 'succeeded', current: { fingerprint: token.fingerprint } });
    expect(run.deliveries).toMatchObject([{ state: 'converged', fingerprint: token.fingerprint }]);
    await watching.look(2);
    expect(watching.adopted).toHaveLength(1);
  });

  it('delivers each of two that follow close on each other', async () => {
    const { world, watching } = await rotated({ isDriven: true, everyMs: 1_000 });
    for (const token of [freshToken(), freshToken()]) {
      world.issuer.changeByOthers(token);
      world.store.moveCurrentTo(token.reveal());
      await watching.lookAfter(1_000, 2);
      expect((await watching.adoption()).state).toMatchObject({
        current: { fingerprint: token.fingerprint },
      });
    }
  });

  it('delivers for the first time without a run before it, where the store drives', async () => {
    const world = await settable();
    const watching = new Watching(world, { isDriven: true });
    await watching.look(2);
    expect((await watching.adoption()).state).toMatchObject({ outcome: 'succeeded' });
  });
});
