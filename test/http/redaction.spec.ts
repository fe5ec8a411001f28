import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';

import { afterEach, describe, expect, it } from '@jest/globals';

import type { HttpClientOptions } from '../../src/http/client.js';
import { Secret } from '../../src/rotation/secret.js';
import { post } from './failing-post.js';
import { replyJson, startTcpProxy, startTlsServer, type Mischief } from './local-servers.js';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close()));
});

function shownOf(error: unknown): string {
  return inspect(error, { depth: 10, showHidden: true, getters: true }) + JSON.stringify(error);
}

describe('a fault as it may be logged', () => {
  const key = randomBytes(18).toString('base64');
  const inQuery = randomBytes(12).toString('hex');
  const inBody = randomBytes(12).toString('hex');
  const options: Partial<HttpClientOptions> = {
    authorization: { scheme: 'ApiKey', credential: new Secret(key) },
  };
  const planted = [key, inQuery, inBody].flatMap((text) => [
    text,
    Buffer.from(text).toString('base64').slice(0, -3),
  ]);

  it.each<Mischief>(['reset_at_once', 'swallow', 'lose_reply', 'blackhole'])(
    'carries no credential, query or body after %s',
    async (mischief) => {
      const server = await startTlsServer((_request, response) =>
        replyJson(response, 202, { token: inBody }),
      );
      const proxy = await startTcpProxy(server.port);
      proxy.mischief = mischief;
      opened.push(server, proxy);
      const error = await post(proxy.url, options, { token: inQuery });
      expect(server.requests.every(({ url }) => url.includes(inQuery))).toBe(true);
      for (const text of planted) expect(shownOf(error)).not.toContain(text);
    },
  );

  it.each([
    ['a body cut off', 202, '100', 'application/json'],
    ['an HTML page', 403, undefined, 'text/html'],
    ['broken JSON', 200, undefined, 'application/json'],
  ])('carries no credential, query or body after %s', async (_name, status, length, type) => {
    const server = await startTlsServer((_request, response) => {
      response.writeHead(status, { 'content-type': type, ...(length && { 'content-length': length }) });
      response.write(`{"token":"${inBody}`);
      if (length === undefined) response.end();
      else response.socket?.end();
    });
    opened.push(server);
    const error = await post(server.url, options, { token: inQuery });
    for (const text of planted) expect(shownOf(error)).not.toContain(text);
  });
});
