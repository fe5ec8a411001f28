import { describe, expect, it } from '@jest/globals';
import { refusalOf, WISHES } from '../../src/rotation/asking.js';
import { RotorError } from '../../src/rotation/errors.js';
import type { Asked, Run } from '../../src/rotation/run.js';
import { Secret } from '../../src/rotation/secret.js';
import type { AnyIssuer, Harness } from './harness.js';
import { resettable, settable } from './harness.js';

const mayAsk = (run: Run): Asked['what'][] => WISHES.filter((what) => refusalOf(run, what) === undefined);

async function ask(world: Harness<AnyIssuer>, run: Run, what: Asked['what']): Promise<Run> {
  return world.journal.ask(run.id, { what, reason: 'seen in the console' }, () => undefined);
}

const notesOf = async (world: Harness<AnyIssuer>, { id }: Run): Promise<string> =>
  (await world.journal.entries(id)).map(({ note }) => note).join('\n');

const NO_ANSWER = new RotorError('upstream_timeout', 'no answer');

/** The answer of its reset is lost, whether or not it was carried out, and so is the role that could read the plan. */
async function inTheDark({ carriedOut = true } = {}) {
  const world = await resettable();
  const { issuer } = world;
  const reset = issuer.reset.bind(issuer);
  const asked = { resets: 0 };
  if (carriedOut) issuer.loseNextReply('reset');
  else issuer.failNext('reset', NO_ANSWER);
  issuer.reset = async (...call) => {
    issuer.readable = false;
    asked.resets += 1;
    return reset(...call);
  };
  const stalled = await world.driveUntilStalled(await world.open());
  expect(stalled.state).toMatchObject({ state: 'resetting', stalled: { reason: 'token_unreadable' } });
  return { world, stalled, asked };
}

/** Its token was saved, and the APM Server never loads it; the time to accept it is not over. */
async function denied() {
  const world = await settable({ rollout: 'by_hand' });
  const set = world.issuer.set.bind(world.issuer);
  world.issuer.set = async (...call) => {
    await set(...call);
    world.issuer.unavailable = new RotorError('upstream_forbidden', 'the key may not read this');
  };
  const stalled = await world.driveUntilStalled(await world.open());
  world.issuer.unavailable = undefined;
  world.issuer.set = set;
  expect(stalled.state).toMatchObject({ stalled: { reason: 'upstream_forbidden' } });
  return { world, stalled };
}

describe('a reset whose answer nobody can find out any more', () => {
  it('is sent again when a person asks for it, and only once for that', async () => {
    const { world, stalled } = await inTheDark();
    expect(mayAsk(stalled)).toEqual(['retry', 'adopt', 'reset_again']);
    await ask(world, stalled, 'reset_again');
    const run = await world.drive(stalled);

    expect(run.state).toMatchObject({ outcome: 'succeeded' });
    expect(run.asked).toBeUndefined();
    expect(await notesOf(world, run)).not.toContain('was not done');
    expect(world.issuer.writes).toBe(2);
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('is not sent a third time where the second is not answered either', async () => {
    const { world, stalled, asked } = await inTheDark();
    await ask(world, stalled, 'reset_again');
    world.issuer.failNext('reset', NO_ANSWER);
    const again = await world.driveUntilStalled(stalled);

    expect(again).toMatchObject({ state: { state: 'resetting' } });
    expect(again.asked).toBeUndefined();
    expect(asked.resets).toBe(2);
  });

  it('is not sent again where the plan can be read after all', async () => {
    const { world, stalled } = await inTheDark();
    world.issuer.readable = true;
    await ask(world, stalled, 'reset_again');
    const run = await world.drive(stalled);

    expect(run.state).toMatchObject({ outcome: 'succeeded' });
    expect(world.issuer.writes).toBe(1);
    expect(await notesOf(world, run)).toContain('was not done: the issuer shows the token in force again');
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('leaves its token to a person, who puts it into the store: it is adopted from there', async () => {
    const { world, stalled } = await inTheDark();
    await ask(world, stalled, 'adopt');
    const still = await world.driveUntilStalled(stalled);
    expect(await notesOf(world, still)).toContain('was not done: ');

    world.issuer.apply();
    world.store.moveCurrentTo(world.issuer.inForce.reveal());
    await ask(world, stalled, 'adopt');
    const run = await world.drive(stalled);

    expect(run.state).toMatchObject({
      outcome: 'succeeded',
      current: { fingerprint: world.issuer.inForce.fingerprint },
    });
    expect(world.issuer.writes).toBe(1);
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('does not count as undone because the old token is accepted: the new one may yet come', async () => {
    const { world, stalled } = await inTheDark({ carriedOut: false });
    await ask(world, stalled, 'adopt');
    const still = await world.driveUntilStalled(stalled);

    expect(still.state).toMatchObject({ state: 'resetting' });
    expect(await notesOf(world, still)).toMatch(
      /was not done: every connection accepts \w{8}, the previous token/,
    );
  });

  it('proves nothing where the APM Server accepts any token', async () => {
    const { world, stalled } = await inTheDark();
    world.prober.open = true;
    await ask(world, stalled, 'adopt');
    const still = await world.driveUntilStalled(stalled);
    expect(await notesOf(world, still)).toContain(
      'was not done: the APM Server does not refuse a random token',
    );
  });
});

describe('a token that Rotor sets', () => {
  it('gives way to the previous one when a person asks to go back', async () => {
    const { world, stalled } = await denied();
    const before = new Secret(world.store.currentToken ?? '');
    expect(mayAsk(stalled)).toEqual(['retry', 'cancel', 'adopt', 'rollback']);
    world.issuer.rollout = 'at_once';
    await ask(world, stalled, 'rollback');
    const run = await world.drive(stalled);

    expect(run.state).toMatchObject({ outcome: 'failed', reason: 'rolled_back' });
    expect(run.state).toMatchObject({ detail: expect.stringContaining('a person asked to go back') });
    expect(world.issuer.inForce.equals(before)).toBe(true);
    world.expectStoreHoldsTheAcceptedToken();
  });

  it('is tried at once when a person asks, instead of at the next look of a stalled run', async () => {
    const { world, stalled } = await denied();
    world.issuer.rollout = 'at_once';
    world.issuer.apply();
    const asked = await ask(world, stalled, 'retry');
    expect(asked).toMatchObject({ asked: { what: 'retry' }, state: stalled.state });
    const run = await world.drive(stalled);

    expect(run.state).toMatchObject({ outcome: 'succeeded' });
    expect(await notesOf(world, run)).toContain('a person asked to try again now');
  });
});

describe('a run that a person cancels', () => {
  it('ends before anything was sent, and says so', async () => {
    const world = await resettable();
    const run = await world.open();
    expect(mayAsk(run)).toEqual(['retry', 'cancel']);
    await ask(world, run, 'cancel');
    const ended = await world.drive(run);
    expect(ended.state).toMatchObject({
      outcome: 'cancelled',
      detail: expect.stringContaining('before anything was sent'),
    });
    expect(ended.asked).toBeUndefined();
    expect(world.issuer.writes).toBe(0);
  });

  it('ends also while it waits for its upstream, and before its resource is known', async () => {
    const world = await resettable();
    world.issuer.resolve = async () => {
      await ask(world, run, 'cancel');
      throw new RotorError('upstream_unreachable', 'the cloud is down');
    };
    const run = await world.open();
    expect((await world.drive(run)).state).toMatchObject({ outcome: 'cancelled' });
  });

  it('cannot be, once the token was reset: the refusal says why', async () => {
    const { stalled } = await inTheDark();
    expect(refusalOf(stalled, 'cancel')).toBe(
      "a reset cannot be taken back: the Elastic Cloud API takes no token of one's choice",
    );
  });

  it('goes back where Rotor has set the token', async () => {
    const { world, stalled } = await denied();
    const before = new Secret(world.store.currentToken ?? '');
    world.issuer.rollout = 'at_once';
    await ask(world, stalled, 'cancel');
    const run = await world.drive(stalled);
    expect(run.state).toMatchObject({ outcome: 'failed', reason: 'rolled_back' });
    expect(world.issuer.inForce.equals(before)).toBe(true);
    world.expectStoreHoldsTheAcceptedToken();
  });
});

describe('a run whose resource is not known yet', () => {
  it.each([
    ['will not pass', new RotorError('upstream_forbidden', 'the key may not read this')],
    ['may pass, and does not in time', new RotorError('upstream_unreachable', 'the cloud is down')],
  ])('ends as it would without being asked to try again, where what is wrong %s', async (_case, error) => {
    const looks: number[] = [];
    for (const isAsked of [false, true]) {
      const world = await resettable();
      const run = await world.open();
      if (isAsked) await ask(world, run, 'retry');
      let resolved = 0;
      world.issuer.resolve = async () => {
        resolved += 1;
        throw error;
      };
      const ended = await world.drive(run);
      expect(ended.state).toMatchObject({ outcome: 'failed', reason: 'refused', code: error.code });
      looks.push(resolved);
    }
    expect(looks[1]).toBe(looks[0]);
  });
});

describe('a store without a current version', () => {
  it('is said to a person who asks to adopt, at once', async () => {
    const { world, stalled } = await inTheDark();
    world.store.currentVersion = undefined;
    await ask(world, stalled, 'adopt');
    const still = await world.driveUntilStalled(stalled);
    expect(await notesOf(world, still)).toContain('was not done: the store shows no current version');
  });

  it('is waited for where a token was about to become current in it', async () => {
    const world = await resettable();
    const before = world.store.currentVersion;
    world.store.promote = async () => {
      world.store.currentVersion = undefined;
      throw new RotorError('store_missing', 'the secret is gone');
    };
    const stalled = await world.driveUntilStalled(await world.open());
    expect(stalled.state).toMatchObject({ state: 'promoting', stalled: { reason: 'store_missing' } });

    world.store.currentVersion = before;
    Reflect.deleteProperty(world.store, 'promote');
    const run = await world.drive(stalled);
    expect(run.state).toMatchObject({ outcome: 'succeeded' });
    world.expectStoreHoldsTheAcceptedToken();
  });
});

describe('what a person may ask', () => {
  it('is nothing while it has not answered what was asked before', async () => {
    const { world, stalled } = await inTheDark();
    const asked = await ask(world, stalled, 'adopt');
    expect(mayAsk(asked)).toEqual([]);
    expect(refusalOf(asked, 'reset_again')).toContain('has not answered yet what was asked before (adopt)');
  });

  it('of a run that is not stalled is to try again or, before anything was sent, to cancel it', async () => {
    const world = await resettable();
    const run = await world.open();
    expect(mayAsk(run)).toEqual(['retry', 'cancel']);
    expect(refusalOf(run, 'reset_again')).toBe(`${run.id} is not stalled: it goes on by itself (preparing)`);
  });

  it('of a run that has ended is nothing', async () => {
    const world = await resettable();
    const run = await world.rotate();
    expect(mayAsk(run)).toEqual([]);
    expect(refusalOf(run, 'cancel')).toBe(`${run.id} has ended, so that nothing of it is left to cancel`);
    expect(refusalOf(run, 'adopt')).toBe(`${run.id} has succeeded, so that nothing of it is left to decide`);
    const failed: Run = {
      ...run,
      state: { state: 'ended', outcome: 'failed', reason: 'refused', detail: '' },
    };
    expect(refusalOf(failed, 'adopt')).toContain(`rotor retry ${run.id}`);
  });

  it('is never to take a reset back', async () => {
    const { stalled } = await inTheDark();
    expect(refusalOf(stalled, 'rollback')).toContain('a reset cannot be taken back');
  });
});
