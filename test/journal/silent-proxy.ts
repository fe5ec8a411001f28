import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Between a replica and its database: falls silent, as when the machine of the database has gone without a word. */
export class SilentProxy {
  readonly #sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async to(host: string, port: number): Promise<SilentProxy> {
    const server = createServer({ allowHalfOpen: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy listens on no TCP port');
    const proxy = new SilentProxy(server, address.port);
    server.on('connection', (client) => {
      const upstream = connect({ port, host, allowHalfOpen: true });
      proxy.#forward(client, upstream);
      proxy.#forward(upstream, client);
    });
    return proxy;
  }

  /** Of the connections that are open, which are never closed either; new ones come through. */
  fallSilent(): void {
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  #forward(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on('close', () => this.#sockets.delete(from)).on('error', () => to.destroy());
    from.pipe(to);
  }
}
