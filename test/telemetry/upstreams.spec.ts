import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { createHttpsAgent } from '../../src/http/agent.js';
import { Credentials } from '../../src/telemetry/credentials.js';
import { Meters } from '../../src/telemetry/meters.js';
import { countUpstreams } from '../../src/telemetry/upstreams.js';
import { authority, startTlsServer, type TlsServer } from '../http/local-servers.js';

const EXPIRES = '2031-01-02T03:04:05Z';

describe('requests to upstreams', () => {
  let server: TlsServer;
  let meters: Meters;
  let credentials: Credentials;
  let stop: () => void;
  const agent = createHttpsAgent({ caPem: authority.caPem });

  beforeEach(async () => {
    server = await startTlsServer(({ url }, response) => {
      if (url.endsWith('/hangs')) return;
      if (url.endsWith('/breaks')) return void response.socket?.destroy();
      if (url.endsWith('/breaks-late')) {
        response.writeHead(200, { 'content-length': '10' }).write('half');
        return void setImmediate(() => response.socket?.destroy());
      }
      response.writeHead(url.includes('denied') ? 403 : 200, { 'x-elastic-api-key-expiration': EXPIRES });
      response.end('{}');
    });
    meters = new Meters();
    credentials = new Credentials();
    stop = countUpstreams(meters, credentials);
  });
  afterEach(async () => {
    stop();
    await server.close();
  });

  /** Resolves when it is over, however it ends. */
  const send = async (path: string, options: https.RequestOptions = {}, url = server.url): Promise<void> => {
    const request = https.request(new URL(path, url), { agent, ...options });
    // Not `once` of node:events, which an error would end first.
    const over = new Promise<void>((resolve) => void request.once('close', resolve));
    request.on('error', () => undefined);
    request.on('response', (response) => response.on('error', () => undefined).resume());
    request.end();
    await over;
  };
  const counted = async (): Promise<string[]> => {
    const lines = (await meters.registry.getSingleMetricAsString('rotor_upstream_requests_total')).split(
      '\n',
    );
    return lines
      .filter((line) => line.startsWith('rotor_'))
      .map((line) => line.replace(/^rotor_upstream_requests_total/, ''));
  };

  it.each([
    ['elastic-cloud', '/api/v1/deployments/_search?size=1', { method: 'POST' }],
    ['elastic-cloud', '/proxy/api/v1/deployments', {}],
    ['kibana', '/s/space/api/fleet/package_policies', { headers: { 'kbn-xsrf': 'true' } }],
    ['apm-server', '/', {}],
    ['apm-server', '/behind/a/proxy/', {}],
    ['apm-server', '/intake/v2/events', { method: 'POST' }],
    [
      'aws-secrets-manager',
      '/',
      { method: 'POST', headers: { 'x-amz-target': 'secretsmanager.PutSecretValue' } },
    ],
    ['other', '/', { method: 'POST' }],
  ] as const)('are counted for %s: %s', async (system, path, options) => {
    await send(path, options);
    expect(await counted()).toEqual([`{system="${system}",code="200"} 1`]);
  });

  it('are counted by their status, each try by itself, with the time to the answer', async () => {
    await send('/denied/');
    await send('/denied/');
    expect(await counted()).toEqual(['{system="apm-server",code="403"} 2']);
    const text = await meters.registry.getSingleMetricAsString('rotor_upstream_request_duration_seconds');
    expect(text).toContain('_count{system="apm-server",code="403"} 2');
  });

  it('are counted once, by what kept an answer from coming, or as answered where it broke off later', async () => {
    await send('/breaks');
    await send('/hangs', { signal: AbortSignal.timeout(20) });
    await send('/breaks-late');
    await send('/', { agent: createHttpsAgent() });
    await send('/', {}, 'https://127.0.0.1:1');
    expect((await counted()).toSorted()).toEqual([
      '{system="apm-server",code="refused"} 1',
      '{system="apm-server",code="tls"} 1',
      '{system="other",code="200"} 1',
      '{system="other",code="aborted"} 1',
      '{system="other",code="reset"} 1',
    ]);
  });

  it('tell when the key of Elastic Cloud expires, which nobody else may', async () => {
    const shown = async () =>
      meters.registry.getSingleMetricAsString('rotor_credential_expiration_timestamp_seconds');
    await send('/');
    expect(await shown()).not.toContain('{');
    await send('/api/v1/deployments');
    expect(await shown()).toContain(`{credential="elastic-cloud-api-key"} ${Date.parse(EXPIRES) / 1_000}`);
  });

  it('of another protocol are nobody else’s, and after the end none is counted', async () => {
    const plain = http.createServer((_request, response) => response.end()).listen(0, '127.0.0.1');
    await once(plain, 'listening');
    const { port } = plain.address() as { port: number };
    await fetchPlain(port);
    expect(await counted()).toEqual(['{system="other",code="200"} 1']);
    stop();
    await fetchPlain(port);
    expect(await counted()).toEqual(['{system="other",code="200"} 1']);
    plain.close();
  });
});

async function fetchPlain(port: number): Promise<void> {
  const request = http.get({ port, host: '127.0.0.1', path: '/latest/meta-data/' }, (response) => {
    response.resume();
  });
  await once(request, 'close');
}
