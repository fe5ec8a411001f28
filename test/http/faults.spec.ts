import { afterEach, describe, expect, it } from '@jest/globals';

import { createHttpsAgent } from '../../src/http/agent.js';
import { answerFault, type UpstreamError } from '../../src/http/faults.js';
import { retryAfterMs } from '../../src/http/retry-after.js';
import type { RotorError } from '../../src/rotation/errors.js';
import { createAuthority } from '../../src/sandbox/certificates.js';
import { post } from './failing-post.js';
import { closedPort, replyJson, startTcpProxy, startTlsServer, type Mischief } from './local-servers.js';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close()));
});

const site = { host: 'api.example.test', operation: 'POST /x' };

function refused(status: number, errors?: readonly UpstreamError[], headers = {}): RotorError {
  return answerFault({ status, headers, json: {} }, site, () => errors);
}

async function behindProxy(mischief: Mischief) {
  const server = await startTlsServer((_request, response) => replyJson(response, 202, { acted: true }));
  const proxy = await startTcpProxy(server.port);
  proxy.mischief = mischief;
  opened.push(server, proxy);
  return { server, error: await post(proxy.url) };
}

describe('a connection that fails before anything is sent', () => {
  it('is proof when nothing listens', async () => {
    const error = await post(`https://127.0.0.1:${await closedPort()}`);
    expect(error).toMatchObject({ code: 'upstream_unreachable', effect: 'not_applied', retryable: true });
    expect(error.message).toMatch(
      /^127\.0\.0\.1:\d+: POST \/x: no connection could be opened \(ECONNREFUSED\)\.$/,
    );
  });

  it('is proof when the name is not found', async () => {
    const error = await post('https://nowhere.invalid', { timeouts: { connectMs: 5000, requestMs: 9000 } });
    expect(error).toMatchObject({ code: 'upstream_unreachable', effect: 'not_applied' });
    expect(error.message).toMatch(/ENOTFOUND|EAI_AGAIN/);
  });

  it.each([
    ['another authority', async () => ({ signedBy: await createAuthority() }), 'CERT_SIGNATURE_FAILURE'],
    ['another name', async () => ({ names: ['other.example.test'] }), 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ])(
    'is proof when the certificate is of %s, and the server never saw a request',
    async (_name, options, code) => {
      const server = await startTlsServer(
        (_request, response) => replyJson(response, 202, {}),
        await options(),
      );
      opened.push(server);
      const error = await post(server.url);
      expect(error).toMatchObject({ code: 'upstream_unreachable', effect: 'not_applied', retryable: false });
      expect(error.message).toContain(code);
      expect(server.requests).toEqual([]);
    },
  );

  it('is proof when nobody told of the authority', async () => {
    const server = await startTlsServer((_request, response) => replyJson(response, 202, {}));
    opened.push(server);
    const error = await post(server.url, { agent: createHttpsAgent() });
    expect(error).toMatchObject({ code: 'upstream_unreachable', effect: 'not_applied', retryable: false });
    expect(error.message).toContain('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    expect(server.requests).toEqual([]);
  });

  it('is proof when the TLS handshake does not end in time', async () => {
    const { server, error } = await behindProxy('blackhole');
    expect(error).toMatchObject({ code: 'upstream_timeout', effect: 'not_applied' });
    expect(error.message).toContain('phase secureConnect');
    expect(server.requests).toEqual([]);
  });
});

describe('a connection that fails later', () => {
  it('leaves the effect unknown when the reply is lost after the server acted', async () => {
    const { server, error } = await behindProxy('lose_reply');
    expect(server.requests).toHaveLength(1);
    expect(error).toMatchObject({ code: 'upstream_unreachable', effect: 'unknown' });
  });

  it('leaves the effect unknown when the reply never comes', async () => {
    const { server, error } = await behindProxy('swallow');
    expect(server.requests).toHaveLength(1);
    expect(error).toMatchObject({ code: 'upstream_timeout', effect: 'unknown' });
    expect(error.message).toContain('no answer in time (phase request)');
  });

  it('claims no proof from a reset connection', async () => {
    const { error } = await behindProxy('reset_at_once');
    expect(error).toMatchObject({ code: 'upstream_unreachable', effect: 'unknown' });
  });

  it('names an answer that was cut off', async () => {
    const server = await startTlsServer((_request, response) => {
      response.writeHead(202, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"secret_token":');
      response.socket?.end();
    });
    opened.push(server);
    expect(await post(server.url)).toMatchObject({ code: 'upstream_malformed', effect: 'unknown' });
  });
});

describe('an answer that refuses', () => {
  const inOwnShape: readonly UpstreamError[] = [{ code: 'some.code', message: 'a sentence' }];

  it.each([
    [400, 'upstream_rejected'],
    [401, 'upstream_unauthenticated'],
    [403, 'upstream_forbidden'],
    [404, 'upstream_not_found'],
    [409, 'upstream_busy'],
    [422, 'upstream_rejected'],
    [429, 'upstream_rate_limited'],
    [449, 'upstream_elevation_required'],
  ])('is proof with a %i in the error shape of the upstream, and only then', (status, code) => {
    expect(refused(status, inOwnShape)).toMatchObject({ code, effect: 'not_applied' });
    expect(refused(status, [])).toMatchObject({ code, effect: 'unknown' });
    expect(refused(status)).toMatchObject({ code, effect: 'unknown' });
  });

  it.each([500, 502, 503, 504])('is never proof with a %i', (status) => {
    expect(refused(status, inOwnShape)).toMatchObject({ code: 'upstream_error', effect: 'unknown' });
  });

  it('is upstream_busy whatever the status when a plan is pending', () => {
    const pending = [
      { code: 'x.resource_plan_state_error', message: 'resource [a] has a plan still pending, wait' },
    ];
    expect(refused(400, pending)).toMatchObject({
      code: 'upstream_busy',
      effect: 'not_applied',
      retryable: true,
    });
    expect(refused(500, pending)).toMatchObject({ code: 'upstream_error', effect: 'unknown' });
  });

  it('names host, operation, status and the code of the upstream, and not its sentence', () => {
    expect(refused(404, inOwnShape).message).toBe('api.example.test: POST /x: answered 404: some.code.');
  });

  it('tells the rate limit of a 429', () => {
    const headers = {
      'x-ratelimit-remaining': '0',
      'x-ratelimit-limit': '100',
      'x-ratelimit-interval': '1 minute',
    };
    expect(refused(429, inOwnShape, { ...headers, 'retry-after': '7' })).toMatchObject({
      retryAfterMs: 7000,
      message:
        'api.example.test: POST /x: answered 429: some.code (0 of 100 calls left in an interval of 1 minute).',
    });
  });
});

describe('Retry-After', () => {
  const now = Date.UTC(2026, 10, 23, 12, 0, 0);
  it.each([
    ['seconds', '120', 120_000],
    ['a date to come', 'Mon, 23 Nov 2026 12:00:30 GMT', 30_000],
    ['a date gone by', 'Mon, 23 Nov 2026 11:00:00 GMT', 0],
    ['a week, of which an hour counts', '604800', 3_600_000],
    ['nonsense', 'soon', undefined],
    ['a negative number', '-5s', undefined],
    ['nothing', '', undefined],
  ])('is understood as %s', (_name, text, expected) => {
    expect(retryAfterMs({ 'retry-after': text }, now)).toBe(expected);
  });

  it('may be absent', () => {
    expect(retryAfterMs({}, now)).toBeUndefined();
  });
});
