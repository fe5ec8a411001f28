import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Secret } from '../../src/rotation/secret.js';
import { errorOf, newToken } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { SsmWorld } from './ssm-world.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Within which hosts have run it, as far as the target knows. */
const quick = { commandTimeoutMs: 30 * MINUTE_MS };

let world: SsmWorld;
let token: Secret;

beforeEach(async () => {
  world = await SsmWorld.open(1);
  token = newToken();
  await world.target(quick).deliver(token, never());
  await world.ended();
});
afterEach(async () => world.close());

const delivery = () => world.sent[0]!;
const listed = () => world.surroundings.requests('ListCommands').length;
const failing = (): void => void (delivery().invocations[0]!.detail = 'Failed');

describe('the search for the last delivery of an ssm-run-command target', () => {
  it('misses none of the last hour, however many commands others have run since', async () => {
    world.age(delivery(), 9 * MINUTE_MS);
    world.runOthers(120, MINUTE_MS);
    await world.target(quick, world.anew()).deliver(token, never());
    expect(world.sent).toHaveLength(1);
  });

  it('looks through each moment once, whichever object of a process looks', async () => {
    world.age(delivery(), 50 * MINUTE_MS);
    world.runOthers(60, 40 * MINUTE_MS);
    const process = world.anew();
    const look = async () => world.unchecked(quick, process).observe(token.fingerprint, never());
    expect(await look()).toEqual({ state: 'assumed' });
    const before = listed();
    expect(await look()).toEqual({ state: 'assumed' });
    expect(listed() - before).toBeLessThanOrEqual(2);
  });

  it('finds what another process has sent since', async () => {
    const process = world.anew();
    await world.unchecked(quick, process).observe(token.fingerprint, never());
    await world.target(quick).deliver(newToken(), never());
    await world.ended();
    expect(await world.unchecked(quick, process).observe(token.fingerprint, never())).toMatchObject({
      state: 'pending',
    });
  });

  it('still knows a delivery that has failed when it is hours ago', async () => {
    world.age(delivery(), 5 * HOUR_MS);
    failing();
    expect(await world.unchecked(quick, world.anew()).observe(token.fingerprint, never())).toMatchObject({
      state: 'failed',
    });
  });

  it('assumes nothing where a delivery of before is too far back to be found', async () => {
    world.age(delivery(), 5 * HOUR_MS);
    failing();
    world.runOthers(100, 3 * HOUR_MS);
    const error = await errorOf(world.unchecked(quick, world.anew()).observe(token.fingerprint, never()));
    expect(error).toMatchObject({
      code: 'target_failed',
      message:
        'Target hosts: the last delivery is not among the newest 2,000 commands of document AWS-RunShellScript.',
    });
    // With a check it is asked of the hosts.
    const { state } = await world.target(quick, world.anew()).observe(token.fingerprint, never());
    expect(state).toBe('converged');
  });

  it('sends a command for a token that comes back after another one, however recent its own is', async () => {
    await world.target(quick, { run: 'run-3' }).deliver(token, never());
    await world.target(quick, { run: 'run-3' }).deliver(token, never());
    expect(world.sent).toHaveLength(2);
  });
});

describe('the check of an ssm-run-command target for whose delivery nobody waits', () => {
  const checks = () => world.ssm.commands.filter(({ comment }) => comment.startsWith('rotor check '));
  const look = async (inMs: number) => {
    const { run: _none, ...deps } = { ...world.surroundings.deps(), now: () => Date.now() + inMs };
    const often = { ...quick, checkEveryMs: MINUTE_MS };
    return world.target(often, { ...deps, run: undefined }).observe(token.fingerprint, never());
  };

  it('is sent every half an hour', async () => {
    await look(1_000);
    await look(10 * MINUTE_MS);
    await look(29 * MINUTE_MS);
    expect(checks()).toHaveLength(1);
    await look(31 * MINUTE_MS);
    expect(checks()).toHaveLength(2);
  });
});
