import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Address } from '../../src/http/address-guard.js';
import { Secret } from '../../src/rotation/secret.js';
import { errorOf, everythingIn } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { until } from '../fakes/until.js';
import { clientOf, HOST, newSigningSecret, Receiver, verified } from '../webhooks/receiver.js';
import { closedPort } from './local-servers.js';

const message = { id: 'evt_1', body: '{"data":"x"}', contentType: 'application/cloudevents+json' };

describe('a message to a webhook', () => {
  let receiver: Receiver;
  const secret = newSigningSecret();
  const secrets = [secret];

  beforeEach(async () => {
    receiver = await Receiver.start();
  });
  afterEach(async () => receiver.close());

  const send = async (signal = never(), config: Parameters<typeof clientOf>[0] = { url: receiver.url }) =>
    clientOf(config, { secrets }).send(message, signal);

  it('is known to the library of Standard Webhooks, byte by byte', async () => {
    await send();
    expect(verified(receiver.received[0], secret)).toEqual({ data: 'x' });
    expect(receiver.received[0]).toMatchObject({
      method: 'POST',
      url: '/rotor',
      headers: { 'webhook-id': 'evt_1', 'content-type': 'application/cloudevents+json' },
      body: message.body,
    });
  });

  it('is known to receivers of the old and the new secret while it is signed with both', async () => {
    const next = newSigningSecret();
    await clientOf({ url: receiver.url }, { secrets: [next, secret] }).send(message, never());
    expect(verified(receiver.received[0], secret)).toEqual(verified(receiver.received[0], next));
    expect(() => verified(receiver.received[0], newSigningSecret())).toThrow('No matching signature');
  });

  it.each(['short', `whsec_${'a'.repeat(12)}`, 'not base64 at all, but long enough for one'])(
    'is not signed with what is no signing secret, and says so without it: %s',
    async (text) => {
      const client = clientOf({ url: receiver.url }, { secrets: [new Secret(text)] });
      const error = await errorOf(client.send(message, never()));
      expect(error.code).toBe('config_invalid');
      expect(everythingIn(error)).not.toContain(text);
      expect(receiver.received).toEqual([]);
    },
  );

  it('follows no redirect', async () => {
    const other = await Receiver.start();
    receiver.answer = (response) => response.writeHead(307, { location: other.url }).end();
    const error = await errorOf(send());
    await other.close();
    expect(error).toMatchObject({ code: 'upstream_rejected' });
    expect(error.message).toContain(`points to ${HOST}:${other.port}`);
    expect(other.received).toEqual([]);
  });

  it('goes to no private address that the config does not allow, not even as a connection', async () => {
    const error = await errorOf(send(never(), { url: receiver.url, allowPrivate: [] }));
    expect(error).toMatchObject({ code: 'address_refused' });
    expect(receiver.connections()).toBe(0);
  });

  it('goes to the address that was checked, although the name has another one a moment later', async () => {
    const answers: Address[] = [
      { address: '127.0.0.1', family: 4 },
      { address: '169.254.169.254', family: 4 },
    ];
    const resolve = async () => answers.splice(0, 1);
    const client = clientOf({ url: receiver.url, allowPrivate: ['127.0.0.1'] }, { secrets, resolve });
    await client.send(message, never());
    expect(receiver.received).toHaveLength(1);
    expect(await errorOf(client.send(message, never()))).toMatchObject({ code: 'address_refused' });
    expect(receiver.connections()).toBe(1);
  });

  it.each([
    [410, {}, { code: 'receiver_gone', retryable: false }],
    [429, { 'retry-after': '120' }, { code: 'upstream_rate_limited', retryAfterMs: 120_000 }],
    [503, { 'retry-after': '7' }, { code: 'upstream_error', retryAfterMs: 7_000 }],
    [401, {}, { code: 'upstream_unauthenticated' }],
    [500, {}, { code: 'upstream_error' }],
  ])('tells what an answer of %s means', async (status, headers, expected) => {
    receiver.answer = (response) => response.writeHead(status, headers).end('no');
    expect(await errorOf(send())).toMatchObject(expected);
  });

  it('has arrived when the receiver says so, however long the rest of its answer takes', async () => {
    receiver.answer = (response) => void response.writeHead(200).write('this never ends');
    await expect(send()).resolves.toBe(200);
  });

  it('is given up where no answer comes in time', async () => {
    receiver.answer = () => undefined;
    const error = await errorOf(send(never(), { url: receiver.url, timeoutMs: 50 }));
    expect(error).toMatchObject({ code: 'upstream_timeout', retryable: true, effect: 'unknown' });
  });

  it('is given up where the name is not found in time', async () => {
    const resolve = async () => new Promise<Address[]>(() => undefined);
    const client = clientOf({ url: receiver.url, timeoutMs: 50 }, { secrets, resolve });
    expect(await errorOf(client.send(message, never()))).toMatchObject({ code: 'upstream_timeout' });
  });

  it('stops when the signal aborts', async () => {
    receiver.answer = () => undefined;
    const stop = new AbortController();
    const sending = errorOf(send(stop.signal));
    await until('it arrives', () => receiver.received.length > 0);
    stop.abort();
    expect(await sending).toMatchObject({ code: 'upstream_timeout' });
    expect(await errorOf(send(AbortSignal.abort()))).toMatchObject({ effect: 'not_applied' });
  });

  it('meets nobody where nobody listens, and no certificate of another authority is trusted', async () => {
    const port = await closedPort();
    const error = await errorOf(send(never(), { url: `https://${HOST}:${port}/` }));
    expect(error).toMatchObject({ code: 'upstream_unreachable', effect: 'not_applied' });
    const elsewhere = clientOf({ url: receiver.url.replace(HOST, 'other.test') }, { secrets });
    expect(await errorOf(elsewhere.send(message, never()))).toMatchObject({
      message: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID'),
    });
    expect(receiver.received).toEqual([]);
  });

  it('says nothing of the path, which may be a secret', async () => {
    receiver.answer = (response) => response.writeHead(500).end();
    const url = receiver.url.replace('/rotor', '/a-path-of-its-own?and=more');
    expect(everythingIn(await errorOf(send(never(), { url })))).not.toMatch(/a-path|and=more/);
  });
});

describe('a message without TLS', () => {
  let server: Server;
  let url: string;
  const bodies: string[] = [];

  beforeEach(async () => {
    bodies.length = 0;
    server = createServer((request, response) => {
      request.on('data', (chunk) => bodies.push(String(chunk)));
      request.on('end', () => response.end());
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    url = `http://${HOST}:${(server.address() as AddressInfo).port}/`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const secrets = [newSigningSecret()];

  it('goes nowhere', async () => {
    const error = await errorOf(clientOf({ url }, { secrets }).send(message, never()));
    expect(error).toMatchObject({ code: 'insecure_endpoint', effect: 'not_applied' });
    expect(bodies).toEqual([]);
  });

  it('goes to a host that the config allows, and to no other', async () => {
    await clientOf({ url, allowHttp: [HOST] }, { secrets }).send(message, never());
    expect(bodies).toEqual([message.body]);
    const other = clientOf({ url, allowHttp: ['other.test'] }, { secrets });
    expect(await errorOf(other.send(message, never()))).toMatchObject({ code: 'insecure_endpoint' });
  });
});
