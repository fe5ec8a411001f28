import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { RotorError } from '../rotation/errors.js';
import { reportOf } from '../telemetry/checks.js';
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
    const server = createServer(
      (request, response) => void room.#answer(request, response).catch(() => response.destroy()),
    );
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

  async #answer({ url }: IncomingMessage, response: ServerResponse): Promise<void> {
    // Anybody may ask for anything here: `//` is no URL.
    const { pathname, searchParams } = URL.parse(url ?? '/', 'http://rotor') ?? new URL('http://rotor/');
    const isLive = pathname === '/livez';
    const status = isLive ? 200 : this.why.httpStatus;
    if (searchParams.has('verbose') && ['/livez', '/readyz', '/startupz'].includes(pathname)) {
      // Nothing is excluded here: there is no service to be ready without it.
      const journal = { name: 'journal', run: () => Promise.reject(this.why) };
      const ping = { name: 'ping', run: () => undefined };
      const { text } = await reportOf(pathname.slice(1), isLive ? [ping] : [ping, journal]);
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
      return;
    }
    const type = isLive ? 'application/json; charset=utf-8' : 'application/problem+json';
    const body = isLive ? { status: 'ok' } : problemOf(this.why);
    response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body));
  }
}
