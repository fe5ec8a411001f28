import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';

import { afterEach, describe, expect, it } from '@jest/globals';

import { createHttpsAgent } from '../../src/http/agent.js';
import { createHttpClient, type HttpClientOptions } from '../../src/http/client.js';
import { Secret } from '../../src/rotation/secret.js';
import { authority, replyHtml, replyJson, startTlsServer } from './local-servers.js';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close()));
});

async function serverThat(answer: Parameters<typeof startTlsServer>[0]) {
  const server = await startTlsServer(answer);
  opened.push(server);
  return server;
}

function clientOf(baseUrl: string, options: Partial<HttpClientOptions> = {}) {
  return createHttpClient({ baseUrl, agent: createHttpsAgent({ caPem: authority.caPem }), ...options });
}

const signal = AbortSignal.timeout(60_000);

describe('the HTTP client', () => {
  it('sends method, path under the base, query, headers, credential and JSON', async () => {
    const server = await serverThat((_request, response) =>
      replyJson(response, 202, { done: true }, { 'x-n': '7' }),
    );
    const credential = new Secret(randomBytes(12).toString('base64'));
    const client = clientOf(`${server.url}/api/v1/`, {
      headers: { 'kbn-xsrf': 'true' },
      authorization: { scheme: 'ApiKey', credential },
    });
    const reply = await client.request({
      method: 'POST',
      path: '/deployments/_search',
      query: { minimal: true, n: 2 },
      json: { size: 3 },
      signal,
    });
    expect(reply).toMatchObject({ status: 202, json: { done: true }, headers: { 'x-n': '7' } });
    expect(server.requests).toMatchObject([
      { method: 'POST', url: '/api/v1/deployments/_search?minimal=true&n=2', body: '{"size":3}' },
    ]);
    const { headers } = server.requests[0]!;
    expect(headers['kbn-xsrf']).toBe('true');
    expect(headers.authorization).toBe(`ApiKey ${credential.reveal()}`);
  });

  it.each([404, 429, 449, 500])('hands a %i with JSON over and repeats nothing', async (status) => {
    const server = await serverThat((_request, response) => replyJson(response, status, { errors: [] }));
    const reply = await clientOf(server.url).request({ method: 'GET', path: '/x', signal });
    expect(reply.status).toBe(status);
    expect(server.requests).toHaveLength(1);
  });

  it('hands an answer without a body over as undefined', async () => {
    const server = await serverThat((_request, response) => void response.writeHead(200).end());
    expect(await clientOf(server.url).request({ method: 'GET', path: '/', signal })).toMatchObject({
      json: undefined,
    });
  });

  it('unpacks a compressed answer', async () => {
    const server = await serverThat((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      response.end(gzipSync('{"packed":1}'));
    });
    expect((await clientOf(server.url).request({ method: 'GET', path: '/', signal })).json).toEqual({
      packed: 1,
    });
  });

  it('follows no redirect, and names the other host', async () => {
    const other = await serverThat((_request, response) => replyJson(response, 200, {}));
    const server = await serverThat((_request, response) => {
      response.writeHead(302, { location: `${other.url}/login?secret=1` }).end();
    });
    const asked = clientOf(server.url).request({ method: 'GET', path: '/', signal });
    await expect(asked).rejects.toMatchObject({
      code: 'upstream_rejected',
      message: `127.0.0.1:${server.port}: GET /: answered 302 and points to 127.0.0.1:${other.port}.`,
    });
    expect(other.requests).toEqual([]);
  });

  it('stops reading an answer above 10 MB, also one that was small on the wire', async () => {
    const bomb = gzipSync(JSON.stringify('a'.repeat(11 * 1024 * 1024)));
    const server = await serverThat((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb);
    });
    await expect(clientOf(server.url).request({ method: 'GET', path: '/', signal })).rejects.toMatchObject({
      code: 'upstream_malformed',
      message: `127.0.0.1:${server.port}: GET /: the answer is larger than 10485760 bytes.`,
    });
  });

  it.each(['http://api.example.test', 'ftp://api.example.test'])('refuses %s when it is built', (baseUrl) => {
    expect(() => clientOf(baseUrl)).toThrow(expect.objectContaining({ code: 'insecure_endpoint' }));
  });

  it.each([
    ['nonsense', 'no url'],
    ['a query', 'https://api.example.test/?a=b'],
    ['a user', 'https://somebody@api.example.test/'],
  ])('refuses a base URL with %s', (_name, baseUrl) => {
    expect(() => clientOf(baseUrl)).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  });

  it.each([
    ['an empty', ''],
    ['a two-line', `${randomBytes(4).toString('hex')}\n`],
  ])('refuses %s credential', (_name, value) => {
    const authorization = { scheme: 'ApiKey', credential: new Secret(value) } as const;
    expect(() => clientOf('https://api.example.test', { authorization })).toThrow(
      expect.objectContaining({ code: 'config_invalid' }),
    );
  });

  it('stops when the signal aborts, and then says that the effect is unknown', async () => {
    const stop = new AbortController();
    const server = await serverThat(() => stop.abort());
    const asked = clientOf(server.url).request({ method: 'POST', path: '/x', signal: stop.signal });
    await expect(asked).rejects.toMatchObject({ code: 'upstream_timeout', effect: 'unknown' });
  });

  it('sends nothing when the signal has aborted, and says so', async () => {
    const server = await serverThat((_request, response) => replyJson(response, 200, {}));
    const asked = clientOf(server.url).request({ method: 'POST', path: '/x', signal: AbortSignal.abort() });
    await expect(asked).rejects.toMatchObject({ code: 'upstream_timeout', effect: 'not_applied' });
    expect(server.connections()).toBe(0);
  });

  it('gives one request the time it asks for', async () => {
    const server = await serverThat(() => {});
    const asked = clientOf(server.url).request({ method: 'GET', path: '/x', signal, timeoutMs: 60 });
    await expect(asked).rejects.toMatchObject({ code: 'upstream_timeout', effect: 'unknown' });
  });

  it.each([
    [200, 'upstream_not_json'],
    [202, 'upstream_not_json'],
    [403, 'upstream_not_json'],
    [404, 'upstream_not_json'],
    [429, 'upstream_rate_limited'],
    [502, 'upstream_error'],
  ])('takes a %i with an HTML page for no proof of anything', async (status, code) => {
    const server = await serverThat((_request, response) =>
      replyHtml(response, status, { 'retry-after': '3' }),
    );
    const asked = clientOf(server.url).request({ method: 'POST', path: '/x', signal });
    await expect(asked).rejects.toMatchObject({
      code,
      effect: 'unknown',
      retryAfterMs: 3000,
      message: `127.0.0.1:${server.port}: POST /x: answered ${status} with an HTML page.`,
    });
  });

  it.each([
    [202, 'upstream_malformed'],
    [400, 'upstream_malformed'],
    [503, 'upstream_error'],
  ])('takes a %i with broken JSON for no proof of anything', async (status, code) => {
    const planted = randomBytes(12).toString('hex');
    const server = await serverThat((_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(`{"secret_token":"${planted}",`);
    });
    const asked = clientOf(server.url).request({ method: 'POST', path: '/x', signal });
    await expect(asked).rejects.toMatchObject({ code, effect: 'unknown' });
    await expect(asked).rejects.not.toMatchObject({ message: expect.stringContaining(planted) });
  });
});
