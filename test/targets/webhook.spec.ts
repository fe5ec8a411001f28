import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { tokenDelivery } from '../../src/events/delivery-schema.js';
import type { Secret } from '../../src/rotation/secret.js';
import { errorOf, newToken, targetContract } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { HOST, newSigningSecret } from '../webhooks/receiver.js';
import { settable } from '../rotation/harness.js';
import { ACK_MS, INSTANCES, webhookHarness, WebhookWorld } from './webhook-world.js';

targetContract('webhook, by reference', async () => webhookHarness('reference'));
targetContract('webhook, with the value', async () => webhookHarness('value'));

describe('a webhook target', () => {
  let world: WebhookWorld;
  let token: Secret;

  beforeEach(async () => {
    world = await WebhookWorld.open();
    token = newToken();
  });
  afterEach(async () => world.close());

  const look = async (target = world.target()) => target.observe(token.fingerprint, never());

  it('is told where the token is, in a form that its schema knows, and not the token', async () => {
    await world.target().deliver(token, never());
    expect(world.last).toMatchObject({
      type: 'dev.rotor.token.delivery.v1',
      data: { fingerprint: token.fingerprint, secret: { id: 'prod/apm/checkout' } },
    });
    expect(tokenDelivery.safeParse(world.last?.data).error).toBeUndefined();
    expect(JSON.stringify(world.receiver.received)).not.toContain(token.reveal());
  });

  it('is never sent the token without TLS, even where a spec says so', async () => {
    const plain = createServer();
    const connections: unknown[] = [];
    plain.on('connection', (socket) => connections.push(socket.destroy()));
    await once(plain.listen(0, '127.0.0.1'), 'listening');
    const url = `http://${HOST}:${(plain.address() as AddressInfo).port}/`;
    const receiver = { url, secrets: [], allowPrivate: ['127.0.0.1'], allowHttp: [HOST], timeoutMs: 10_000 };
    const target = world.target({ receiver, payload: 'value' });
    expect(await errorOf(target.preflight(never()))).toMatchObject({ code: 'target_refused' });
    expect(await errorOf(target.deliver(token, never()))).toMatchObject({ retryable: false });
    expect(connections).toEqual([]);
    await new Promise((resolve) => plain.close(resolve));
  });

  it('gets one delivery of one run under one id, with a signature that each of its secrets knows', async () => {
    world.secrets.unshift(newSigningSecret());
    await world.target().deliver(token, never());
    await world.target().deliver(token, never());
    await world.target({}, 'run_2').deliver(token, never());
    const [first, second, third] = world.receiver.received.map(({ headers }) => headers['webhook-id']);
    expect(first).toBe(second);
    expect(third).not.toBe(first);
    expect(String(world.receiver.received[0]?.headers['webhook-signature']).split(' ')).toHaveLength(2);
  });

  it('is assumed where nobody waits for a call-back, and has nothing to call back with', async () => {
    world.callsBack = false;
    const target = world.target({}, 'run_1', { waits: false });
    await target.deliver(token, never());
    expect(world.last?.data.callback).toBeNull();
    expect(await look(target)).toEqual({ state: 'assumed' });
    expect(await target.observe(newToken().fingerprint, never())).toMatchObject({ state: 'pending' });
  });

  it('is assumed once the time for its call-back is over, and seen when it comes late', async () => {
    world.callsBack = false;
    await world.target().deliver(token, never());
    expect(await look()).toEqual({ state: 'pending', seen: 0, of: 1, unseen: true });
    world.api.clock.advance(ACK_MS);
    expect(await look()).toEqual({ state: 'assumed' });
    await world.callBack();
    expect(await look()).toEqual({ state: 'converged', seen: INSTANCES, of: INSTANCES });
  });

  it('has not said what another receiver has said under its name', async () => {
    await world.target().deliver(token, never());
    expect(await look()).toMatchObject({ state: 'converged' });
    const receiver = {
      url: 'https://elsewhere.example.test/apm',
      secrets: [],
      allowPrivate: [],
      allowHttp: [],
    };
    const moved = world.target({ receiver: { ...receiver, timeoutMs: 10_000 } });
    expect(await look(moved)).toMatchObject({ state: 'pending', seen: 0 });
  });

  it('does not hold a token that never got through', async () => {
    world.receiver.answer = (response) => response.writeHead(500).end();
    await errorOf(world.target().deliver(token, never()));
    world.api.clock.advance(ACK_MS);
    expect(await look()).toMatchObject({ state: 'pending' });
  });

  it('takes a call-back as it came before the answer, and after another try', async () => {
    await world.target().deliver(token, never());
    world.callsBack = false;
    await world.target().deliver(token, never());
    expect(await look()).toMatchObject({ state: 'converged' });
  });

  it('is not tried again where it is gone', async () => {
    world.receiver.answer = (response) => response.writeHead(410).end();
    const error = await errorOf(world.target().deliver(token, never()));
    expect(error).toMatchObject({ code: 'target_failed', retryable: false });
  });

  describe('whose call-back', () => {
    beforeEach(async () => {
      world.callsBack = false;
      await world.target().deliver(token, never());
    });
    const fingerprint = () => token.fingerprint;

    it.each([
      ['has no token', () => ({ token: undefined }), 401],
      ['has the token of nobody', () => ({ token: newToken().reveal() }), 401],
      ['has the API token', () => ({ token: world.api.token }), 401],
      ['names another token', () => ({ body: { fingerprint: newToken().fingerprint } }), 400],
      ['names none', () => ({ body: {} }), 400],
      ['sends the token itself', () => ({ body: { fingerprint: token.reveal() } }), 400],
      ['counts more than there are', () => ({ body: { fingerprint: fingerprint(), seen: 3, of: 2 } }), 400],
    ])('%s is refused, and counts for nothing', async (_, over, status) => {
      const reply = await world.callBack(over());
      expect(reply.status).toBe(status);
      expect(JSON.stringify(reply.body)).not.toContain(token.reveal());
      expect(await look()).toMatchObject({ state: 'pending', seen: 0 });
    });

    it('has the token of another delivery is refused', async () => {
      const other = world.last?.data.callback?.token;
      await world.target({}, 'run_2').deliver(token, never());
      expect(await world.callBack({ token: other })).toMatchObject({ status: 401 });
    });

    it('opens nothing else of the API', async () => {
      const authorization = `Bearer ${world.last?.data.callback?.token}`;
      const reply = await world.api.app.inject({ url: '/v1/rotations', headers: { authorization } });
      expect(reply.statusCode).toBe(401);
    });

    it('names all of the hash, without a count, is taken', async () => {
      expect(await world.callBack({ body: { fingerprint: fingerprint() } })).toMatchObject({ status: 200 });
      expect(await look()).toEqual({ state: 'converged', seen: 1, of: 1 });
    });
  });
});

describe('a run with a webhook target', () => {
  let world: WebhookWorld;
  beforeEach(async () => {
    world = await WebhookWorld.open();
  });
  afterEach(async () => world.close());

  it.each([
    ['converges by its call-back', true, 'converged'],
    ['is assumed without one, and not shown as if it had been seen', false, 'assumed'],
  ])('%s', async (_, callsBack, expected) => {
    const rotation = await settable();
    world.callsBack = callsBack;
    const target = world.target();
    const observe: typeof target.observe = async (fingerprint, signal) => {
      world.api.clock.advance(1_000);
      return target.observe(fingerprint, signal);
    };
    const targets = [{ name: 'legacy', target: { ...target, observe }, readyTimeoutMs: 2 * ACK_MS }];
    const run = await rotation.drive(await rotation.open(), { ...rotation.ports, targets });
    expect(run.deliveries).toMatchObject([{ target: 'legacy', state: expected }]);
    expect(run.state).toMatchObject({ outcome: 'succeeded' });
  });
});
