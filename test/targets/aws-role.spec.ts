import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { install, type Clock } from '@sinonjs/fake-timers';
import { AwsFailure } from '../../src/sandbox/aws/failure.js';
import type { Sts } from '../../src/sandbox/sts/index.js';
import type { Target } from '../../src/targets/target.js';
import { newToken } from '../contracts/target.contract.js';
import { until } from '../fakes/until.js';
import { withEnvironment } from '../stores/environment.js';
import { REGION } from './aws-surroundings.js';
import { CLUSTER } from './ecs-world.js';
import { ELSEWHERE, ROLE, RolesWorld } from './roles-world.js';

const SUBJECT = 'system:serviceaccount:rotor:rotor';
const MINUTE_MS = 60_000;
const NO_KEYS = {
  AWS_ACCESS_KEY_ID: undefined,
  AWS_SECRET_ACCESS_KEY: undefined,
  AWS_EC2_METADATA_DISABLED: 'true',
};
const never = new AbortController().signal;

let world: RolesWorld;
let sts: Sts;
let clock: Clock;

beforeAll(async () => {
  world = await RolesWorld.open();
  ({ sts } = world.services);
});
beforeEach(() => {
  world.restartRotor();
  sts.role(ROLE, { by: 'key' });
  clock = install({ now: Date.now(), toFake: ['Date', 'performance'] });
});
afterEach(() => clock.uninstall());
afterAll(async () => world.close());

const failureOf = async (call: Promise<unknown>): Promise<Error> =>
  call.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: Error) => error,
  );

const SDK_TRIES = 3;

describe('a service in another account', () => {
  it('is not there for the credentials of Rotor itself, by its name and by its ARN', async () => {
    expect(await failureOf(world.ecs({}).preflight(never))).toMatchObject({
      code: 'target_refused',
      message: `Target tasks: AWS does not find cluster ${CLUSTER}.`,
    });
    const byArn = world.ecs({}, `arn:aws:ecs:${REGION}:${ELSEWHERE}:cluster/${CLUSTER}`);
    expect((await failureOf(byArn.preflight(never))).message).toBe(
      'Target tasks: AWS denies ecs:DescribeServices.',
    );
  });

  it('is checked, delivered to and seen by a role of that account', async () => {
    const target = world.ecs(world.role({ sessionName: 'rotor-prod' }));
    const token = newToken();
    expect(await target.preflight(never)).toEqual([]);
    await target.deliver(token, never);
    await until('the tasks run with the token', async () => {
      const { state } = await target.observe(token.fingerprint, never);
      return state === 'converged';
    });
    expect(world.services.ecs.service('checkout').tasks.map(({ runsWith }) => runsWith)).toEqual(
      Array(3).fill(token.fingerprint),
    );
    expect(sts.sessions().at(-1)).toMatchObject({ role: ROLE, name: 'rotor-prod' });
  });

  it('is out of reach for a role of the wrong account', async () => {
    const near = 'arn:aws:iam::000000000000:role/rotor';
    sts.role(near, { by: 'key' });
    expect((await failureOf(world.ecs(world.role({ roleArn: near })).preflight(never))).message).toBe(
      `Target tasks: AWS does not find cluster ${CLUSTER}.`,
    );
  });
});

describe('the keys of a role', () => {
  it.each<[string, (role: Parameters<RolesWorld['ecs']>[0]) => Target]>([
    ['ecs', (role) => world.ecs(role)],
    ['lambda', (role) => world.lambda(role)],
    ['ssm-run-command', (role) => world.ssm(role)],
  ])('are all that a target of type %s needs, by an identity token', async (_type, make) => {
    const webIdentityTokenFile = join(world.folder, 'token');
    sts.role(ROLE, { by: 'web-identity', subject: SUBJECT });
    await writeFile(webIdentityTokenFile, await sts.identityToken({ subject: SUBJECT }));
    await withEnvironment(NO_KEYS, async () => {
      const without = await failureOf(make({}).preflight(never));
      expect(without.message).toMatch(/^Target \w+: no AWS credentials were found for \w+:\w+\.$/);
      expect(await make(world.role({ webIdentityTokenFile })).preflight(never)).toEqual([]);
    });
  });

  it('are shared by the store and all targets that name it alike', async () => {
    const before = world.asked;
    const fields = world.role();
    const store = world.store(fields);
    await store.heads(never);
    await world.ecs(fields).preflight(never);
    await world.lambda(fields).preflight(never);
    await world.ssm(fields).preflight(never);
    expect(world.asked - before).toBe(1);
    await world.ecs(world.role({ sessionName: 'another' })).preflight(never);
    expect(world.asked - before).toBe(2);
  });

  it('are renewed ten minutes before their end, and go on being used where STS is away by then', async () => {
    const target = world.ecs(world.role());
    const { fingerprint } = newToken();
    const before = sts.sessions().length;
    const givenAfter = async (minutes: number): Promise<number> => {
      clock.tick(minutes * MINUTE_MS);
      await target.observe(fingerprint, never);
      return sts.sessions().length - before;
    };
    expect(await givenAfter(0)).toBe(1);
    expect(await givenAfter(49)).toBe(1);
    sts.refuse('InternalFailure');
    const tries = world.asked;
    expect(await givenAfter(2)).toBe(1);
    await until('they were asked for, beside the look', () => world.asked === tries + SDK_TRIES);
    expect(await givenAfter(0)).toBe(1);
    await givenAfter(1);
    await until('they were given', () => sts.sessions().length - before === 2);
    expect(await givenAfter(30)).toBe(2);
  });

  it('are asked for anew once AWS has refused them', async () => {
    const target = world.ecs(world.role());
    await target.preflight(never);
    const before = world.asked;
    const failure = new AwsFailure('UnrecognizedClientException', 'The security token is invalid.');
    world.services.ecs.faults.inject('DescribeServices', { effect: 'error', failure });
    expect((await failureOf(target.preflight(never))).message).toBe(
      'Target tasks: AWS does not accept the credentials used for ecs:DescribeServices (UnrecognizedClientException).',
    );
    expect(await target.preflight(never)).toEqual([]);
    expect(world.asked - before).toBe(1);
  });
});

describe('what STS refuses', () => {
  it('refuses a run, and fails a delivery, by a sentence that names the role and who may not take it on', async () => {
    sts.role(ROLE, { by: 'key', externalId: 'rotor-7' });
    const target = world.ecs(world.role());
    const message = `Target tasks: AWS STS does not let arn:aws:iam::000000000000:user/rotor take on role ${ROLE}.`;
    const refusal = await failureOf(target.preflight(never));
    expect(refusal).toMatchObject({ code: 'target_refused', message });
    expect(refusal).toMatchObject({ hint: expect.stringContaining('check externalId') });
    expect(inspect(refusal, { depth: Infinity, showHidden: true })).not.toContain(
      world.surroundings.keys.secretAccessKey,
    );
    const failure = await failureOf(target.deliver(newToken(), never));
    expect(failure).toMatchObject({ code: 'target_failed', retryable: false, message });
    expect(await world.ecs(world.role({ externalId: 'rotor-7' })).preflight(never)).toEqual([]);
  });

  it('may pass where STS is away', async () => {
    const away = world.ecs(world.role({ stsEndpoint: 'https://127.0.0.1:1' }));
    expect(await failureOf(away.preflight(never))).toMatchObject({
      code: 'target_failed',
      retryable: true,
      message: `Target tasks: AWS STS was not reached, or did not answer, in AssumeRole on role ${ROLE} (ECONNREFUSED).`,
    });
  });

  it('is said where the identity token cannot be read', async () => {
    const webIdentityTokenFile = join(world.folder, 'nothing');
    expect((await failureOf(world.ecs(world.role({ webIdentityTokenFile })).preflight(never))).message).toBe(
      `Target tasks: the identity token in ${webIdentityTokenFile} cannot be read (ENOENT).`,
    );
  });
});
