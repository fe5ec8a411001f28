import { once } from 'node:events';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { RotorError } from '../../src/rotation/errors.js';
import type { Run } from '../../src/rotation/run.js';
import { freshToken } from '../fakes/fake-issuer.js';
import { ALL_BUT_TIMEOUTS } from '../fakes/timeouts.js';
import { driveUntil, states, targetOf } from './fleet.js';
import { askToResume, notesOf, onLook, paused, pausedWithOneUnderWay, resume, type World } from './held.js';

/** As if a worker of its own had that run. */
async function passingOver<T>({ journal }: World, { id }: Run, work: () => Promise<T>): Promise<T> {
  const claim = journal.claim.bind(journal);
  journal.claim = async () => {
    const first = await claim();
    return first?.runId === id ? claim() : first;
  };
  try {
    return await work();
  } finally {
    journal.claim = claim;
  }
}

afterEach(() => void jest.useRealTimers());

describe('a person who resumes deliveries', () => {
  it('lets them go on where the token is in force still', async () => {
    const { world, run } = await paused();
    const after = await resume(world, run);
    expect(after.paused).toBeUndefined();
    expect(states(await world.drive(run))).toEqual({ a: 'failed', b: 'converged' });
  });

  it.each<[string, (world: World) => void, string]>([
    [
      'was changed at the APM Server a moment ago',
      ({ issuer }) => {
        issuer.changeByOthers();
        issuer.apply();
      },
      'Next: rotor adopt checkout',
    ],
    [
      'is another one at the issuer, and is about to be so at the APM Server',
      ({ issuer }) => {
        const still = [...issuer.instances];
        issuer.changeByOthers();
        issuer.instances.splice(0, still.length, ...still);
      },
      'the issuer holds',
    ],
    [
      'may be about to be changed',
      ({ issuer }) => void (issuer.busy = 'a plan is pending'),
      'on its way to the APM Server: a plan is pending',
    ],
    [
      'is no longer the current one in the store',
      ({ store }) => void store.moveCurrentTo(freshToken().reveal()),
      'Next: rotor adopt checkout',
    ],
    [
      'was changed by somebody who has put the new one into the store as well',
      ({ issuer, store }) => void store.moveCurrentTo(issuer.changeByOthers().reveal()),
      'is current in the store. Next: rotor adopt checkout',
    ],
    ['is one of any that are accepted', ({ prober }) => void (prober.open = true), 'accepts any token'],
    ['cannot be shown to anybody', ({ prober }) => void (prober.down = true), 'Next: rotor verify checkout'],
    [
      'cannot be looked at',
      ({ store }) => {
        store.heads = async () => {
          throw new RotorError('store_denied', 'The store is not open to Rotor.');
        };
      },
      'could not be seen: The store is not open to Rotor.',
    ],
  ])('does not where it %s, and is told so', async (_, change, why) => {
    const { world, run } = await paused();
    change(world);
    const after = await resume(world, run);
    expect(after.paused).toEqual(run.paused);
    expect(targetOf(world, 'b').delivered).toEqual([]);
    const note = await notesOf(world, after);
    expect(note).toContain('the deliveries stay paused, although ada asked to resume them: ');
    expect(note).toContain(why);
  });

  it('does not while another run is at work on the token, which takes them over', async () => {
    const { world, run } = await paused();
    const next = await world.open();
    const after = await passingOver(world, next, async () => resume(world, run));
    expect(after.paused).toBeDefined();
    expect(await notesOf(world, after)).toContain(`${next.id} is at work on the token`);
    const taken = await passingOver(world, run, async () => world.drive(next));
    expect(taken.state).toMatchObject({ outcome: 'succeeded' });
    await world.journal.ask(run.id, { what: 'resume', reason: 'again' }, () => undefined);
    const left = await world.drive(run);
    expect(states(left)).toEqual({ a: 'failed', b: 'superseded' });
    expect(await notesOf(world, left)).toContain(`${next.id} has taken them over`);
    expect(targetOf(world, 'b').delivered).toHaveLength(1);
  });

  it('does not where another one has failed while the run looked, and does when asked again', async () => {
    const { world, run, fail } = await pausedWithOneUnderWay();
    onLook(world, fail);
    const after = await resume(world, run);
    expect(after.paused).toEqual(run.paused);
    expect(await notesOf(world, after)).toContain('b has failed meanwhile: Target b is gone.');
    expect(targetOf(world, 'c').delivered).toEqual([]);
    expect((await resume(world, run)).paused).toBeUndefined();
  });

  it('does not where another one has failed since, also through a restart', async () => {
    const { world, run, fail } = await pausedWithOneUnderWay();
    await askToResume(world, run);
    onLook(world, async (signal) => Promise.all([fail(), once(signal, 'abort')]));
    const before = await driveUntil(world, run, (now) => states(now)['b'] === 'failed');
    expect(before.asked).toMatchObject({ what: 'resume' });
    const after = await driveUntil(world, run, ({ asked }) => asked === undefined);
    expect(after.paused).toEqual(run.paused);
    expect(await notesOf(world, after)).toContain('b has failed meanwhile');
  });

  it('lets them go on whoever has failed since, where the policy holds nobody back for a failure', async () => {
    const { world, run, fail } = await pausedWithOneUnderWay('continue');
    onLook(world, fail);
    expect((await resume(world, run)).paused).toBeUndefined();
  });

  it('hears within a minute that an issuer or a store does not answer', async () => {
    const { world, run } = await paused();
    jest.useFakeTimers({ doNotFake: [...ALL_BUT_TIMEOUTS] });
    onLook(world, async (signal) => {
      const stopped = once(signal, 'abort');
      jest.advanceTimersByTime(60_000);
      await stopped;
      signal.throwIfAborted();
    });
    const after = await resume(world, run);
    expect(after.paused).toEqual(run.paused);
    expect(await notesOf(world, after)).toContain(
      'could not be seen within 60 s. Next: rotor verify checkout',
    );
  });
});
