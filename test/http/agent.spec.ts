import https from 'node:https';
import type { AddressInfo } from 'node:net';
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

  it.each([
    ['besides the well-known ones, not instead of them', {}, [true, true, false]],
    ['alone, where it is told so', { isOnlyAuthority: true }, [true, false, false]],
  ])('trusts the given authority %s, and no other', async (_, options, expected) => {
    const [wellKnown, stranger] = await Promise.all([
      createAuthority('well known'),
      createAuthority('stranger'),
    ]);
    const usual = tls.getCACertificates('default');
    tls.setDefaultCACertificates([wellKnown.caPem]);
    const agent = createHttpsAgent({ caPem: authority.caPem, ...options });
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
    expect(await Promise.all([authority, wellKnown, stranger].map(isTrusted))).toEqual(expected);
  });

  it('shows its own certificate to a server that asks for one, and takes one for another name', async () => {
    const clientCertificate = await authority.issue(['rotor']);
    const seen: unknown[] = [];
    const server = https.createServer(
      { ...(await authority.issue(['kubernetes'])), requestCert: true, rejectUnauthorized: false },
      (request, response) => {
        seen.push((request.socket as tls.TLSSocket).getPeerCertificate().subject);
        replyJson(response, 200, {});
      },
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    opened.push({ close: async () => new Promise((resolve) => server.close(() => resolve())) });
    const { port } = server.address() as AddressInfo;
    const agent = createHttpsAgent({ caPem: authority.caPem, clientCertificate, servername: 'kubernetes' });
    const client = createHttpClient({ baseUrl: `https://127.0.0.1:${port}`, agent });
    await client.request({ method: 'GET', path: '/', signal: AbortSignal.timeout(10_000) });
    expect(seen).toEqual([expect.objectContaining({ CN: 'rotor' })]);
  });

  it('refuses a certificate of its own that cannot be read', () => {
    const clientCertificate = { cert: 'no PEM', key: 'neither' };
    expect(() => createHttpsAgent({ clientCertificate })).toThrow(
      expect.objectContaining({ code: 'config_invalid' }),
    );
  });

  it.each([
    ['text that is no PEM', 'hello'],
    ['a PEM block with rubbish in it', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'],
  ])('refuses %s as a CA', (_name, caPem) => {
    expect(() => createHttpsAgent({ caPem })).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  });
});
