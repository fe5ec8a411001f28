import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import type { Secret } from '../../src/rotation/secret.js';
import type { Target } from '../../src/targets/target.js';
import { errorOf, newToken, targetContract } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { until } from '../fakes/until.js';
import { HOSTS, ssmHarness, SsmWorld } from './ssm-world.js';

targetContract('ssm-run-command, with a check', ssmHarness);

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

describe('an ssm-run-command target', () => {
  it('has every host read the secret, and is converged when each says that it runs with it', async () => {
    await target.deliver(token, never());
    await world.ended();
    expect(await world.running()).toEqual(Array(HOSTS).fill(token.fingerprint));
    expect(await look()).toEqual(all);
  });

  it('tells the hosts where the token is, and its fingerprint, and never the token', async () => {
    const told = ['echo "$ROTOR_SECRET_ID $ROTOR_SECRET_REGION $ROTOR_SECRET_KEY $ROTOR_TOKEN_FINGERPRINT"'];
    const secret = {
      store: 'aws-secrets-manager',
      id: "it's/apm",
      region: 'eu-central-1',
      key: 'apm "token"',
    };
    await world.target({ commands: told }, { secret }).deliver(token, never());
    await world.ended();
    const [{ invocations, ...command }] = world.sent as [(typeof world.sent)[number]];
    expect(invocations[0]?.output).toBe(`it's/apm eu-central-1 apm "token" ${token.fingerprint}\n`);
    expect(JSON.stringify([command, invocations])).not.toContain(token.reveal());
    expect(command.comment.length).toBeLessThanOrEqual(100);
  });

  it('sends one command for one token', async () => {
    await target.deliver(token, never());
    await world.target().deliver(token, never());
    await world.ended();
    await world.target().deliver(token, never());
    expect(world.sent).toHaveLength(1);
  });

  it('sends it again where it was done long ago: there may be other hosts by now', async () => {
    await target.deliver(token, never());
    await world.ended();
    const later = world.target({}, { now: () => Date.now() + 11 * 60_000 });
    await later.deliver(token, never());
    expect(world.sent).toHaveLength(2);
  });

  it('sends one command where the answer is lost, or where it dies there', async () => {
    world.ssm.faults.inject('SendCommand', { effect: 'lost' });
    expect(await errorOf(target.deliver(token, never()))).toMatchObject({ retryable: true });
    await target.deliver(token, never());
    expect(world.sent).toHaveLength(1);
  });

  it('waits until AWS lists what was sent, so that the next look finds it', async () => {
    world.ssm.lag(3);
    await target.deliver(token, never());
    expect(world.surroundings.requests('ListCommands').length).toBeGreaterThanOrEqual(4);
    await target.deliver(token, never());
    expect(world.sent).toHaveLength(1);
  });

  it('sends another command for another token, and for the one of before it', async () => {
    await target.deliver(token, never());
    await world.target().deliver(newToken(), never());
    await world.target().deliver(token, never());
    await world.ended();
    expect(world.sent).toHaveLength(3);
    target = world.target();
    expect(await look()).toEqual(all);
  });

  it('sends another command where the lines in it, the hosts or the rotation are others', async () => {
    await target.deliver(token, never());
    await world.target({ commands: ['true'] }).deliver(token, never());
    await world.target({ targets: { 'tag:role': ['checkout', 'other'] } }).deliver(token, never());
    await world.target({}, { rotation: 'other' }).deliver(token, never());
    expect(world.sent).toHaveLength(4);
  });

  it('finds its command among more than AWS lists at once', async () => {
    await target.deliver(token, never());
    for (let other = 0; other < 5; other += 1) {
      await world.target({ commands: ['true', String(other)] }).deliver(newToken(), never());
    }
    await target.deliver(token, never());
    expect(world.sent).toHaveLength(6);
  });

  it('has failed, and names the hosts, where a line of the command fails; then it is sent anew', async () => {
    const failing = { commands: ['[ ! -e broken ]', 'true'] };
    target = world.target(failing);
    const [host = ''] = world.ids;
    await writeFile(world.in(host, 'broken'), '');
    await target.deliver(token, never());
    await world.ended();
    expect(await look()).toMatchObject({
      state: 'failed',
      seen: 0,
      of: HOSTS,
      other: 1,
      detail: expect.stringContaining(`on 1 of 3 hosts (${host} Failed)`),
    });
    await target.deliver(token, never());
    expect(world.sent).toHaveLength(2);
  });

  it('tries no further host once too many have failed', async () => {
    target = world.target({ commands: ['echo x >> tried', 'false'], maxConcurrency: '1', maxErrors: '0' });
    await target.deliver(token, never());
    await world.ended();
    expect(world.sent[0]?.invocations.map(({ detail }) => detail).toSorted()).toEqual([
      'Failed',
      'Terminated',
      'Terminated',
    ]);
    expect(await look()).toMatchObject({ state: 'failed', detail: expect.stringContaining('Terminated') });
  });

  it('waits for a host that does not answer, names it, and fails once AWS gives it up', async () => {
    const [host = ''] = world.ids;
    world.ssm.node(host).isOnline = false;
    await target.deliver(token, never());
    await until(
      'the others are done',
      () => world.sent[0]!.invocations.filter(({ detail }) => detail === 'Success').length === 2,
    );
    expect(await look()).toEqual({
      state: 'pending',
      seen: 0,
      of: HOSTS,
      other: 0,
      detail: `2 of 3 hosts have run the command (${host} Delayed)`,
    });
    world.sent[0]!.expiresAt = 0;
    await world.ended();
    expect(await look()).toMatchObject({
      state: 'failed',
      other: 0,
      detail: `the command did not end well on 1 of 3 hosts (${host} DeliveryTimedOut)`,
    });
  });

  it('does not take a command for done that could not be delivered to a host', async () => {
    await target.deliver(token, never());
    await world.ended();
    world.sent[0]!.invocations[0]!.detail = 'Undeliverable';
    expect(await look()).toMatchObject({ state: 'failed', detail: expect.stringContaining('Undeliverable') });
    await target.deliver(token, never());
    expect(world.sent).toHaveLength(2);
  });

  it('has failed where the tags mean no host any more', async () => {
    await target.deliver(token, never());
    await world.ended();
    world.sent[0]!.invocations.splice(0);
    expect(await look()).toMatchObject({ state: 'failed', detail: 'no host was meant by the command' });
  });
});

describe('an ssm-run-command target without a check', () => {
  beforeEach(() => {
    target = world.unchecked({ commands: ['true'] });
  });

  it('is assumed when the command has ended well everywhere, and never seen', async () => {
    await target.deliver(token, never());
    await world.ended();
    expect(await look()).toEqual({ state: 'assumed' });
    expect(world.ssm.commands).toHaveLength(1);
  });

  it('is behind where the last command was for another token, and assumed where AWS has forgotten all', async () => {
    await target.deliver(newToken(), never());
    await world.ended();
    expect(await look()).toEqual({ state: 'pending', seen: 0, of: HOSTS, unseen: true });
    world.ssm.forgetCommands();
    expect(await look()).toEqual({ state: 'assumed' });
  });
});
