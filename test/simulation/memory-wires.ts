import { createServer } from 'node:http';
import { Agent } from 'node:https';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { serve, type Network } from '../../src/sandbox/https-front.js';
import { Life, type Effect } from './life.js';
import { Crossing, servedRun, type Wires } from './wires.js';

const FIRST_PORT = 10_001;

/** One end of a connection: what is written here is read there. Bytes as on a socket, without one. */
class End extends Duplex {
  peer!: End;

  constructor(private readonly sign: () => void) {
    super({ allowHalfOpen: true });
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.pass(chunk);
    done();
  }

  override _final(done: () => void): void {
    this.pass(null);
    done();
  }

  override _destroy(cause: Error | null, done: (cause: Error | null) => void): void {
    this.sign();
    void this.#part(cause, done);
  }

  async #part(cause: Error | null, done: (cause: Error | null) => void): Promise<void> {
    await this.parting();
    this.peer.cut();
    done(cause);
  }

  /** What has to happen before the other end hears that this one is gone. */
  protected async parting(): Promise<void> {}

  /** To the other end. */
  pass(chunk: Buffer | null): void {
    this.sign();
    if (!this.peer.destroyed) this.peer.push(chunk);
  }

  /** As by a reset of the connection, unless all has been said. */
  cut(): void {
    if (this.destroyed) return;
    this.destroy(
      this.readableEnded ? undefined : Object.assign(new Error('ECONNRESET'), { code: 'ECONNRESET' }),
    );
  }

  // What Node's HTTP asks of a socket.
  setTimeout(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
}

/** The end of a process. */
class MortalEnd extends End {
  readonly #crossing: Crossing;

  constructor(life: Life, onSent: (effect: Effect) => void, sign: () => void) {
    super(sign);
    this.#crossing = new Crossing(life, onSent, () => void this.destroy());
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    void this.#crossing.out(chunk, () => {
      Life.outside(() => this.pass(chunk));
      done();
    });
  }

  protected override async parting(): Promise<void> {
    return this.#crossing.parting();
  }

  override push(chunk: Buffer | null): boolean {
    void this.#crossing.in(() => {
      if (!this.destroyed) super.push(chunk);
    });
    return true;
  }
}

/** Servers and their clients in one process, without a socket between them. */
export class MemoryWires implements Wires {
  readonly #servers = new Map<number, (end: End) => void>();

  constructor(private readonly sign: () => void) {}

  /** What is written here is there: nothing is ever on its way. */
  isBusy(): boolean {
    return false;
  }

  readonly open: Network = async (handlers) => {
    const port = FIRST_PORT + this.#servers.size;
    const open = new Set<End>();
    let refusing = false;
    const server = createServer((request, response) => void serve(request, response, handlers));
    this.#servers.set(port, (end) => {
      if (refusing) {
        end.destroy();
        return;
      }
      open.add(end);
      end.once('close', () => open.delete(end));
      const socket = end as unknown as Socket;
      server.emit('connection', socket);
      handlers.onConnection?.(socket);
    });
    const refuse = (): void => {
      refusing = true;
      for (const end of open) end.destroy();
    };
    return {
      url: `https://127.0.0.1:${port}`,
      port,
      connections: () => open.size,
      refuse,
      close: async () => refuse(),
    };
  };

  agentOf(life: Life, run: string, onSent: (effect: Effect) => void): Agent {
    return new MemoryAgent((port) => this.#connect(port, life, run, onSent));
  }

  #connect(port: number, life: Life, run: string, onSent: (effect: Effect) => void): Duplex {
    const accept = this.#servers.get(port);
    if (!accept) throw new Error(`nothing listens on port ${port}`);
    const near = new MortalEnd(life, onSent, this.sign);
    const far = new End(this.sign);
    near.peer = far;
    far.peer = near;
    // Node's parser hears of its connection's requests in the context of the connection.
    Life.outside(() => servedRun.run(run, () => accept(far)));
    return near;
  }
}

class MemoryAgent extends Agent {
  constructor(private readonly connect: (port: number) => Duplex) {
    super({ keepAlive: false });
  }

  override createConnection(options: { port?: number | string | null }): Duplex {
    return this.connect(Number(options.port));
  }
}
