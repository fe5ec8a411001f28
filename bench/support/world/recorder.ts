import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Network } from '../../../src/sandbox/https-front.js';
import { epochNow } from '../../../src/sandbox/ledger.js';
import type { Exchange } from './view.js';

/** Keeps what comes in over a network of the sandbox, byte by byte. */
export class Recorder {
  exchanges: Exchange[] = [];
  readonly #openedAt = new Map<number | undefined, number>();

  constructor() {
    // A request shows up after the TLS handshake; what it waited for must have ended before its connection was opened.
    subscribe('net.server.socket', (message) => {
      const { socket } = message as { socket: Socket };
      this.#openedAt.set(socket.remotePort, epochNow());
    });
  }

  over(network: Network): Network {
    return async (handlers) => {
      let origin = '';
      const front = await network({
        ...handlers,
        onRequest: async (request, response) => {
          this.#record(origin, request, response);
          await handlers.onRequest(request, response);
        },
      });
      origin = front.url;
      return front;
    };
  }

  #record(origin: string, request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    const push = request.push.bind(request);
    // To listen for data would take it away from whom it is for.
    request.push = (chunk: unknown, encoding?: BufferEncoding) => {
      if (Buffer.isBuffer(chunk)) chunks.push(chunk);
      return push(chunk, encoding);
    };
    const openedAt = this.#openedAt.get(request.socket.remotePort) ?? epochNow();
    // As it is handed over: its receiver may act on it before this process hears that it was sent.
    response.once('prefinish', () => {
      this.exchanges.push({
        origin,
        method: request.method ?? '',
        path: request.url ?? '/',
        headers: headersOf(request),
        body: Buffer.concat(chunks).toString('utf8'),
        status: response.statusCode,
        openedAt,
        endedAt: epochNow(),
      });
    });
  }
}

/** None that is sent here comes twice. */
function headersOf({ headersDistinct }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headersDistinct).map(([name, values = []]) => [name, values.join(', ')]),
  );
}
