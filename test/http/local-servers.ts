import http from 'node:http';
import https from 'node:https';
import net from 'node:net';

import { createAuthority, type Authority } from '../../src/sandbox/certificates.js';

export const authority: Authority = await createAuthority();

export type LocalServer = { readonly port: number; close(): Promise<void> };
export type TlsServer = LocalServer & {
  readonly url: string;
  /** Every request whose head arrived, in order. */
  readonly requests: { method: string; url: string; headers: http.IncomingHttpHeaders; body: string }[];
  /** TCP connections ever accepted. */
  connections(): number;
};

type Answer = (request: { url: string; method: string; body: string }, response: http.ServerResponse) => void;

/** A TLS server on the loopback interface, with a certificate of the test's own authority unless told otherwise. */
export async function startTlsServer(
  answer: Answer,
  options: { signedBy?: Authority; names?: string[] } = {},
) {
  const names = options.names ?? ['127.0.0.1', 'localhost'];
  const requests: TlsServer['requests'] = [];
  const server = https.createServer(
    await (options.signedBy ?? authority).issue(names),
    (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        const body = Buffer.concat(chunks).toString();
        requests.push({ method, url, headers, body });
        answer({ method, url, body }, response);
      });
    },
  );
  let connections = 0;
  server.on('connection', () => (connections += 1));
  const local = await listen(server);
  const tls: TlsServer = {
    ...local,
    url: `https://127.0.0.1:${local.port}`,
    requests,
    connections: () => connections,
  };
  return tls;
}

export function replyJson(response: http.ServerResponse, status: number, json: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(JSON.stringify(json));
}

export function replyHtml(response: http.ServerResponse, status: number, headers = {}): void {
  response.writeHead(status, { 'content-type': 'text/html', ...headers });
  response.end('<html><body>an error page of the proxy</body></html>');
}

/** A forward proxy that only knows CONNECT, as companies run them. */
export async function startConnectProxy(policy: 'allow' | 'refuse' = 'allow') {
  const tunnels: string[] = [];
  const proxy = http.createServer((_request, response) => response.writeHead(405).end());
  proxy.on('connect', (request, client: net.Socket) => {
    tunnels.push(request.url ?? '');
    if (policy === 'refuse') client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    else openTunnel(client, request.url ?? '');
  });
  return { ...(await listen(proxy)), tunnels };
}

function openTunnel(client: net.Socket, target: string): void {
  const [host, port] = target.split(':');
  const upstream = net.connect(Number(port), host, () => {
    client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    pipeBothWays(client, upstream);
  });
  upstream.on('error', () => client.destroy());
}

export type Mischief = 'none' | 'reset_at_once' | 'swallow' | 'lose_reply' | 'blackhole';

/**
 * A TCP proxy in front of `port`. `lose_reply` passes what the client sends and cuts the line when the answer of the
 * application would come (the server has acted by then); `swallow` never answers; `blackhole` accepts and is silent.
 */
export async function startTcpProxy(
  port: number,
): Promise<LocalServer & { url: string; mischief: Mischief }> {
  const server = net.createServer((client) => {
    client.on('error', () => {});
    if (proxy.mischief === 'reset_at_once') return void client.resetAndDestroy();
    if (proxy.mischief === 'blackhole') return void client.resume();
    const upstream = net.connect(port, '127.0.0.1');
    if (proxy.mischief === 'none') return pipeBothWays(client, upstream);
    passUntilAnswer(client, upstream, proxy.mischief);
  });
  const local = await listen(server);
  const proxy = { ...local, url: `https://127.0.0.1:${local.port}`, mischief: 'none' as Mischief };
  return proxy;
}

// TLS record types: handshake records pass both ways; the first application record from the server that answers one
// from the client is the reply. TLS 1.3 disguises its own messages as application records, so tests pin 1.2.
const APPLICATION_DATA = 0x17;

function passUntilAnswer(client: net.Socket, upstream: net.Socket, mischief: Mischief): void {
  client.pipe(upstream);
  client.on('close', () => upstream.destroy());
  upstream.on('error', () => client.destroy());
  upstream.on('data', (chunk: Buffer) => {
    if (chunk[0] !== APPLICATION_DATA) client.write(chunk);
    else if (mischief === 'lose_reply') client.resetAndDestroy();
    else upstream.removeAllListeners('data').resume();
  });
}

function pipeBothWays(client: net.Socket, upstream: net.Socket): void {
  client.pipe(upstream).pipe(client);
  closeTogether(client, upstream);
}

function closeTogether(client: net.Socket, upstream: net.Socket): void {
  for (const [one, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
  }
}

async function listen(server: net.Server): Promise<LocalServer> {
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    port: address.port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A port on which nothing listens. */
export async function closedPort(): Promise<number> {
  const server = await listen(net.createServer());
  await server.close();
  return server.port;
}
