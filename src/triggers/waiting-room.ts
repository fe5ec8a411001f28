import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { RotorError } from '../rotation/errors.js';
import { cannotListen, type Address } from './address.js';
import { problemOf } from './problem.js';

/** In the place of the service while its journal cannot be opened: alive, not ready, and for everybody the reason why. */
export class WaitingRoom {
  private constructor(
    private readonly server: Server,
    /** The one that was found where any would do. */
    readonly address: Address,
    public why: RotorError,
  ) {}

  /** Throws `config_invalid` where the address cannot be listened on. */
  static async open({ host, port }: Address, why: RotorError): Promise<WaitingRoom> {
    const server = createServer((request, response) => room.#answer(request, response));
    try {
      await once(server.listen(port, host), 'listening');
    } catch (cause) {
      throw cannotListen({ host, port }, cause);
    }
    const found = server.address();
    const room = new WaitingRoom(
      server,
      { host, port: typeof found === 'object' && found ? found.port : port },
      why,
    );
    return room;
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    if (request.url?.split('?')[0] === '/livez') {
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
      response.end(JSON.stringify({ status: 'ok' }));
      return;
    }
    response.writeHead(this.why.httpStatus, { 'content-type': 'application/problem+json' });
    response.end(JSON.stringify(problemOf(this.why)));
  }
}
