import tls from 'node:tls';

import { afterEach, describe, expect, it } from '@jest/globals';

import { createHttpsAgent } from '../../src/http/agent.js';
import { createAuthority, type Authority } from '../../src/sandbox/certificates.js';
import { createHttpClient } from '../../src/http/client.js';
import { authority, closedPort, replyJson, startConnectProxy, startTlsServer } from './local-servers.js';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close()));
});

async function world() {
  const server = await startTlsServer((_request, response) => replyJson(response, 200, { here: true }));
  const proxy = await startConnectProxy();
  opened.push(server, proxy);
  const ask = async (proxyEnv?: Record<string, string | undefined>) =>
    createHttpClient({
      baseUrl: server.url,
      agent: createHttpsAgent({ caPem: authority.caPem, ...(proxyEnv && { proxyEnv }) }),
    }).request({ method: 'GET', path: '/', signal: AbortSignal.timeout(10_000) });
  return { server, proxy, ask };
}

describe('the https agent', () => {
  it('goes through the CONNECT proxy that HTTPS_PROXY names', async () => {
    const { server, proxy, ask } = await world();
    const reply = await ask({ HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` });
    expect(reply.json).toEqual({ here: true });
    expect(proxy.tunnels).toEqual([`127.0.0.1:${server.port}`]);
  });

  it('goes past the proxy for a host that NO_PROXY names', async () => {
    const { proxy, ask } = await world();
    const reply = await ask({ HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`, NO_PROXY: '127.0.0.1' });
    expect(reply.json).toEqual({ here: true });
    expect(proxy.tunnels).toEqual([]);
  });

  it('uses no proxy unless it is handed an environment', async () => {
    const { proxy, ask } = await world();
    await ask();
    expect(proxy.tunnels).toEqual([]);
  });

  it('says not_applied when the proxy cannot be reached', async () => {
    const { server, ask } = await world();
    const HTTPS_PROXY = `http://127.0.0.1:${await closedPort()}`;
    await expect(ask({ HTTPS_PROXY })).rejects.toMatchObject({
      code: 'upstream_unreachable',
      effect: 'not_applied',
    });
    expect(server.requests).toEqual([]);
  });

  it('says not_applied when the proxy refuses the tunnel', async () => {
    const { server, ask } = await world();
    const refusing = await startConnectProxy('refuse');
    opened.push(refusing);
    const asked = ask({ HTTPS_PROXY: `http://127.0.0.1:${refusing.port}` });
    await expect(asked).rejects.toMatchObject({ code: 'upstream_unreachable', effect: 'not_applied' });
    expect(server.requests).toEqual([]);
  });

  it('opens a fresh connection for every request', async () => {
    const { server } = await world();
    const client = createHttpClient({
      baseUrl: server.url,
      agent: createHttpsAgent({ caPem: authority.caPem }),
    });
    for (let n = 0; n < 3; n += 1) {
      await client.request({ method: 'GET', path: '/', signal: AbortSignal.timeout(10_000) });
    }
    expect(server.connections()).toBe(3);
  });

  it('trusts the given authority besides the well-known ones, not instead of them, and no other', async () => {
    const [wellKnown, stranger] = await Promise.all([
      createAuthority('well known'),
      createAuthority('stranger'),
    ]);
    const usual = tls.getCACertificates('default');
    tls.setDefaultCACertificates([wellKnown.caPem]);
    const agent = createHttpsAgent({ caPem: authority.caPem });
    tls.setDefaultCACertificates(usual);
    const isTrusted = async (signedBy: Authority): Promise<boolean> => {
      const server = await startTlsServer((_request, response) => replyJson(response, 200, {}), { signedBy });
      opened.push(server);
      const client = createHttpClient({ baseUrl: server.url, agent });
      const asked = client.request({ method: 'GET', path: '/', signal: AbortSignal.timeout(10_000) });
      return asked.then(
        () => true,
        ({ message }: Error) => !message.includes('certificate was not trusted'),
      );
    };
    expect(await Promise.all([authority, wellKnown, stranger].map(isTrusted))).toEqual([true, true, false]);
  });

  it.each([
    ['text that is no PEM', 'hello'],
    ['a PEM block with rubbish in it', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'],
  ])('refuses %s as a CA', (_name, caPem) => {
    expect(() => createHttpsAgent({ caPem })).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  });
});
