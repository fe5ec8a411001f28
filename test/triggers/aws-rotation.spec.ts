import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ORDER } from '../driven/driver.js';
import { Life } from '../driven/life.js';
import { DrivenWorld, type DrivenSecret } from '../driven/world.js';
import { Rotations } from '../../src/triggers/rotations.js';
import { ScheduleTrigger } from '../../src/triggers/schedule.trigger.js';
import { ApiWorld } from './api-world.js';

const YEAR = 365 * 24 * 60 * 60_000;

describe('a rotation that AWS drives, over the API', () => {
  let upstream: DrivenWorld;
  let secret: DrivenSecret;
  let world: ApiWorld;

  beforeAll(async () => {
    upstream = await DrivenWorld.start('fleet');
  });
  afterAll(async () => upstream.close());

  beforeEach(async () => {
    secret = upstream.secret();
    world = await ApiWorld.open({
      driven: {
        drivenBy: 'aws',
        open: () => ({ rotation: 'checkout', ports: upstream.portsFor(new Life(), secret.config) }),
      },
    });
  });
  afterEach(async () => world.close());

  const call = async (Step: string, ClientRequestToken: string, more: object = {}) =>
    world.ask('POST', '/v1/aws-rotation', { Step, SecretId: secret.name, ClientRequestToken, ...more });

  it('takes the four steps, and then delivers the token by a run that resets nothing', async () => {
    const version = await secret.rotate();
    for (const step of ORDER) {
      const { status, body } = await call(step, version);
      expect({ step, status, body }).toMatchObject({ status: 200, body: { rotation: 'checkout', step } });
      await upstream.settle();
    }
    expect(secret.view.labels()).toMatchObject({ AWSCURRENT: version });
    const runs = await world.journal.list({ rotation: 'checkout', limit: 10 });
    expect(runs).toMatchObject([{ mode: 'adopt', trigger: { reason: expect.stringContaining('AWS') } }]);
    const again = await call('finishSecret', version);
    expect(again).toMatchObject({ status: 200, body: { run: runs[0]?.id } });
  });

  it('answers a step that cannot succeed yet with an error, and the reason', async () => {
    const version = await secret.rotate();
    const { status, body } = await call('setSecret', version);
    expect({ status, body }).toMatchObject({ status: 409, body: { code: 'not_possible' } });
    expect(body['detail']).toContain('holds no token yet');
  });

  it('passes over members that it does not know, and refuses what is no step', async () => {
    const version = await secret.rotate();
    expect(await call('testSecret', version, { Region: 'eu-central-1' })).toMatchObject({ status: 200 });
    const { status, body } = await call('dropSecret', version);
    expect(status).toBe(400);
    expect(body['detail']).toContain('createSecret, setSecret, testSecret, finishSecret');
    expect(await call('testSecret', 'short')).toMatchObject({ status: 400 });
  });

  it('is for whoever may rotate the rotation that the secret belongs to', async () => {
    const reply = await world.app.inject({ method: 'POST', url: '/v1/aws-rotation', payload: {} });
    expect(reply.statusCode).toBe(401);
    const version = await secret.rotate();
    const event = { Step: 'createSecret', SecretId: secret.name, ClientRequestToken: version };
    const withGrant = async (grant: string) => {
      const authorization = `Bearer ${await world.tokenWith([grant])}`;
      return world.ask('POST', '/v1/aws-rotation', event, { authorization });
    };
    expect(await withGrant('rotate[env=staging]')).toMatchObject({
      status: 403,
      body: { code: 'scope_missing', detail: expect.stringContaining('the scope rotate for checkout') },
    });
    expect(secret.view.versions().find(({ id }) => id === version)?.text).toBeUndefined();
    expect(await withGrant('rotate[env=prod]')).toMatchObject({ status: 200 });
  });

  it('is never started by Rotor itself, but adopted as ever', async () => {
    const refused = await world.ask('POST', '/v1/rotations/checkout/runs', {});
    expect(refused).toMatchObject({ status: 409, body: { code: 'not_possible' } });
    expect(refused.body['detail']).toContain('is rotated by AWS Secrets Manager');
    expect(refused.body['hint']).toContain('aws secretsmanager rotate-secret');
    // From when Rotor first knew it, its token would be due.
    await world.ask('GET', '/v1/rotations/checkout');
    world.clock.advance(YEAR);
    expect(await world.app.get(Rotations).dueNow()).toEqual({ start: [], ask: [], waiting: 0 });
    await world.app.get(ScheduleTrigger).tick();
    expect(await world.journal.list({ rotation: 'checkout', limit: 10 })).toEqual([]);
    const adopted = await world.ask('POST', '/v1/rotations/checkout/runs', { mode: 'adopt' });
    expect(adopted.status).toBe(202);
    const { body: plan } = await world.ask('POST', '/v1/rotations/checkout/plan', {});
    expect(plan).toMatchObject({ verdict: 'would_refuse', code: 'not_possible' });
    const shown = await world.ask('GET', '/v1/rotations/checkout');
    expect(shown.body).toMatchObject({ drivenBy: 'aws' });
  });
});
