import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Authority } from './certificates.js';

export type Handlers = {
  onRequest(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** A client has finished its TLS handshake. */
  onConnection?(socket: Socket): void;
  /** `onRequest` failed: a defect of the sandbox, not something that a client caused. */
  onDefect(error: unknown): void;
};

/** An HTTPS server on a free port of 127.0.0.1. */
export type HttpsFront = {
  readonly url: string;
  readonly port: number;
  connections(): number;
  /** Cuts each open connection and, from now on, each new one before its handshake. */
  refuse(): void;
  close(): Promise<void>;
};

/** APM Server's own default: idle_timeout in elastic/apm-server internal/beater/config/config.go. */
const KEEP_ALIVE_MS = 45_000;

export const LOOPBACK_HOSTS = ['127.0.0.1', 'localhost'] as const;

/** Where a server of the sandbox can be reached. */
export type Network = (handlers: Handlers) => Promise<HttpsFront>;

/** TLS on free ports of 127.0.0.1, with certificates of the authority. */
export function loopback(authority: Authority): Network {
  return async (handlers) => openHttpsFront(await authority.issue(LOOPBACK_HOSTS), handlers);
}

async function openHttpsFront(
  credentials: { key: string; cert: string },
  handlers: Handlers,
): Promise<HttpsFront> {
  const server = createServer(
    { ...credentials, keepAliveTimeout: KEEP_ALIVE_MS },
    (request, response) => void serve(request, response, handlers),
  );
  const sockets = trackSockets(server);
  server.on('secureConnection', (socket) => handlers.onConnection?.(socket));
  // A client that breaks off its handshake is its own business.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  const { port } = await listen(server);
  return {
    url: `https://127.0.0.1:${port}`,
    port,
    connections: () => sockets.open.size,
    refuse: () => sockets.refuse(),
    async close() {
      sockets.refuse();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** One request; never throws. */
export async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  handlers: Handlers,
): Promise<void> {
  // A client that goes away in the middle is reported to whoever reads the body; nobody else needs to hear it.
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  try {
    await handlers.onRequest(request, response);
  } catch (error) {
    handlers.onDefect(error);
    if (!response.headersSent) response.writeHead(500);
    response.end();
  }
}

function trackSockets(server: Server): { open: Set<Socket>; refuse(): void } {
  const open = new Set<Socket>();
  let refusing = false;
  server.on('connection', (socket: Socket) => {
    if (refusing) {
      socket.destroy();
      return;
    }
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  return {
    open,
    refuse() {
      refusing = true;
      for (const socket of open) socket.destroy();
    },
  };
}

async function listen(server: Server): Promise<AddressInfo> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no TCP port');
  return address;
}
