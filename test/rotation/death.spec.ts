import { describe, expect, it } from '@jest/globals';
import type { Ports } from '../../src/rotation/ports.js';
import { FakeResettableIssuer, FakeSettableIssuer, freshToken } from '../fakes/fake-issuer.js';
import { FakeStore } from '../fakes/fake-store.js';
import type { AnyIssuer } from './harness.js';
import { Crash, Harness } from './harness.js';

type Death = { readonly atEffect: number; readonly when: 'before' | 'after' };

/** Counts effects over issuer, store and targets, and kills the worker at one of them. */
class Reaper {
  effects = 0;
  readonly #gone = new AbortController();

  constructor(private readonly death?: Death) {}

  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** The same ports, but nothing reaches the world from the moment of death on. */
  over(ports: Ports): Ports {
    return {
      ...ports,
      issuers: {
        resolve: async (signal) => ports.issuers.resolve(signal),
        of: (resource) => this.#mortal(ports.issuers.of(resource), ['set', 'reset']),
      },
      store: this.#mortal(ports.store, ['stage', 'promote', 'release']),
      targets: ports.targets.map((named) => ({ ...named, target: this.#mortal(named.target, ['deliver']) })),
    };
  }

  #mortal<T extends object>(port: T, effects: readonly string[]): T {
    return new Proxy(port, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        const call = member.bind(target) as (...args: unknown[]) => Promise<unknown>;
        const isEffect = effects.includes(String(name));
        return async (...args: unknown[]) => this.#call(async () => call(...args), isEffect);
      },
    });
  }

  async #call(act: () => Promise<unknown>, isEffect: boolean): Promise<unknown> {
    if (this.signal.aborted) throw new Crash();
    if (!isEffect) return act();
    this.effects += 1;
    const dies = this.effects === this.death?.atEffect;
    if (dies && this.death?.when === 'before') this.#die();
    const reply = await act();
    if (dies) this.#die();
    return reply;
  }

  #die(): never {
    this.#gone.abort(new Crash());
    throw new Crash();
  }
}

const worlds: Record<string, () => Promise<Harness<AnyIssuer>>> = {
  'server-chosen token': async () => {
    const issuer = new FakeResettableIssuer({ instances: 2 });
    const world = await Harness.of(issuer);
    const reset = issuer.reset.bind(issuer);
    issuer.reset = async (resource, signal) => {
      world.clock.plan(90_000, () => issuer.apply());
      return reset(resource, signal);
    };
    return world;
  },
  'server-chosen token, empty store': async () =>
    Harness.of(new FakeResettableIssuer({ rollout: 'at_once' }), new FakeStore()),
  'caller-chosen token': async () => Harness.of(new FakeSettableIssuer({ instances: 2, rollout: 'at_once' })),
  'caller-chosen token, drifted store': async () =>
    Harness.of(new FakeSettableIssuer({ rollout: 'at_once' }), new FakeStore(freshToken().reveal())),
  'caller-chosen token that is rolled back': async () => {
    const world = await Harness.of(new FakeSettableIssuer({ instances: 2 }));
    world.policy = { ...world.policy, acceptDeadlineMs: 30_000 };
    return world;
  },
};

async function effectsOf(make: () => Promise<Harness<AnyIssuer>>): Promise<number> {
  const world = await make();
  const reaper = new Reaper();
  await world.drive(await world.open(), reaper.over(world.ports));
  await world.close();
  return reaper.effects;
}

async function dieAndRecover(make: () => Promise<Harness<AnyIssuer>>, death: Death): Promise<string> {
  const world = await make();
  const opened = await world.open();
  const before = world.issuer.inForce;
  const reaper = new Reaper(death);
  await world.drive(opened, reaper.over(world.ports), reaper.signal).catch(() => undefined);
  expect(reaper.signal.aborted).toBe(true);
  // A reset's token is in the plan until it is stored; a store that had drifted learns the first one only now.
  const planned =
    world.issuer.kind === 'server-chosen' ? [world.issuer.onItsWay ?? world.issuer.inForce] : [];
  world.expectNothingLostBut([before, ...planned]);
  const run = await world.drive(opened);
  world.expectNothingLost();
  world.expectStoreHoldsTheAcceptedToken();
  expect(resetsOf(world)).toBeLessThanOrEqual(1);
  await world.close();
  return run.state.state;
}

function resetsOf({ issuer }: Harness<AnyIssuer>): number {
  return issuer instanceof FakeResettableIssuer ? issuer.issued.length : 0;
}

describe.each(Object.entries(worlds))('a worker that dies in a run with a %s', (_name, make) => {
  it('leaves nothing lost at any effect, before or after it, and the next worker takes the run to its end', async () => {
    const effects = await effectsOf(make);
    expect(effects).toBeGreaterThanOrEqual(4);
    for (let atEffect = 1; atEffect <= effects; atEffect += 1) {
      for (const when of ['before', 'after'] as const) {
        const ended = await dieAndRecover(make, { atEffect, when });
        expect({ atEffect, when, ended }).toEqual({ atEffect, when, ended: 'ended' });
      }
    }
  });
});
