import { describe, expect, it } from '@jest/globals';
import { freshToken } from '../fakes/fake-issuer.js';
import { settable } from './harness.js';
import { MINUTE, rotated, Watching } from './watching.js';

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

describe('the watch while another config is put in force', () => {
  it('comes to no conclusion about what is declared otherwise while it looks', async () => {
    const { world } = await rotated();
    const { promise: looking, resolve: begun } = Promise.withResolvers<void>();
    const { promise: held, resolve: goOn } = Promise.withResolvers<void>();
    let isHeld = false;
    // The last thing that is looked at.
    const targets = world.ports.targets.map((one) => ({
      ...one,
      target: {
        preflight: async (signal: AbortSignal) => one.target.preflight(signal),
        deliver: async (...asked: Parameters<typeof one.target.deliver>) => one.target.deliver(...asked),
        observe: async (...asked: Parameters<typeof one.target.observe>) => {
          if (isHeld) begun();
          if (isHeld) await held;
          return one.target.observe(...asked);
        },
      },
    }));
    const ports = () => ({ ...world.ports, targets });
    const watching = new Watching(world, { ports });
    world.issuer.changeByOthers();
    await watching.look();
    isHeld = true;
    world.clock.advance(MINUTE);
    const look = watching.watch.tick();
    await looking;
    const declared = { name: 'checkout', everyMs: MINUTE, onDrift: 'adopt', policy: world.policy } as const;
    watching.watch.use([{ ...declared, ports: () => world.ports }], new Set());
    goOn();
    await look;
    expect([watching.alerts, watching.failures, watching.adopted]).toEqual([[], [], []]);
    await watching.look(2);
    expect(watching.adopted).toHaveLength(1);
  });

  it('goes on with what it knows of what is declared as before, and forgets what is gone', async () => {
    const { world, watching } = await rotated({ onDrift: 'alert' });
    world.issuer.changeByOthers();
    await watching.look(2);
    const found = watching.found;
    expect(found).toMatchObject({ kind: 'changed_outside' });
    const declared = { name: 'checkout', everyMs: MINUTE, onDrift: 'alert', policy: world.policy } as const;
    const all = [{ ...declared, ports: () => world.ports }];
    watching.watch.use(all, new Set(['checkout']));
    expect(watching.found).toBe(found);
    watching.watch.use([], new Set());
    await watching.look(2);
    expect([watching.found, watching.watch.drifts()]).toEqual([undefined, []]);
  });
});
