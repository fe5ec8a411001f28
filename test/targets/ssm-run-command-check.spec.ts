import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import type { Secret } from '../../src/rotation/secret.js';
import type { Target } from '../../src/targets/target.js';
import { errorOf, newToken } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { HOSTS, SsmWorld } from './ssm-world.js';

const all = { state: 'converged', seen: HOSTS, of: HOSTS };

let world: SsmWorld;
let target: Target;
let token: Secret;

beforeEach(async () => {
  world = await SsmWorld.open();
  target = world.target();
  token = newToken();
});
afterEach(async () => world.close());

const look = async () => target.observe(token.fingerprint, never());
const checks = () => world.ssm.commands.filter(({ comment }) => comment.startsWith('rotor check '));

describe('the check of an ssm-run-command target', () => {
  it('counts each process of each host, and names the hosts that are behind or say nothing', async () => {
    const [first = '', second = '', third = ''] = world.ids;
    await world.runWith([`${token.fingerprint}\n${token.fingerprint}`, newToken().fingerprint, '']);
    expect(await look()).toEqual({
      state: 'pending',
      seen: 2,
      of: 4,
      other: 1,
      detail: `${third} printed nothing, ${second} runs with another token`,
    });
    await writeFile(world.in(first, 'running'), 'none of your business');
    expect(await look()).toMatchObject({
      seen: 0,
      of: 3,
      detail: expect.stringContaining('is no fingerprint'),
    });
  });

  it('takes the whole fingerprint as well, and passes over what is written to stderr', async () => {
    await world.runWith(Array(HOSTS).fill(`${token.fingerprint.toUpperCase()}${'0'.repeat(56)}`));
    target = world.target({ check: ['echo warning >&2', 'cat running'] });
    expect(await look()).toEqual(all);
  });

  it('fails where it prints the token itself, which AWS then keeps', async () => {
    await world.runWith([token.reveal(), '', '']);
    expect(await errorOf(look())).toMatchObject({
      code: 'target_failed',
      retryable: false,
      message: 'Target hosts: its check prints the token itself, and AWS keeps what is printed for 30 days.',
    });
  });

  it('names a host where it fails', async () => {
    target = world.target({ check: ['false', 'cat running'] });
    expect(await look()).toMatchObject({
      state: 'pending',
      seen: 0,
      of: HOSTS,
      detail: expect.stringContaining(`${world.ids[0]} did not run the check (Failed)`),
    });
  });

  it('does not wait for a host that does not answer', async () => {
    const [host = ''] = world.ids;
    world.ssm.node(host).isOnline = false;
    target = world.target({}, { waitMs: 500 });
    expect(await look()).toMatchObject({
      state: 'pending',
      of: HOSTS,
      other: HOSTS - 1,
      detail: expect.stringContaining(`${host} did not run the check (Delayed)`),
    });
  });

  it('is not repeated while it is fresh, whoever looks', async () => {
    const often = { checkEveryMs: 60_000 };
    await world.target(often).observe(token.fingerprint, never());
    await world.target(often).observe(token.fingerprint, never());
    expect(checks()).toHaveLength(1);
    const later = { now: () => Date.now() + 61_000 };
    await world.target(often, later).observe(token.fingerprint, never());
    expect(checks()).toHaveLength(2);
  });

  it('is repeated after a delivery, however fresh it is', async () => {
    target = world.target({ checkEveryMs: 60_000 });
    expect(await look()).toMatchObject({ state: 'pending', seen: 0 });
    await target.deliver(token, never());
    await world.ended();
    expect(await look()).toEqual(all);
  });

  it('says what is true now, also where AWS has forgotten the delivery', async () => {
    await target.deliver(token, never());
    await world.ended();
    world.ssm.forgetCommands();
    expect(await look()).toEqual(all);
    await world.runWith(Array(HOSTS).fill(newToken().fingerprint));
    expect(await look()).toMatchObject({ state: 'pending', seen: 0, of: HOSTS });
  });
});
