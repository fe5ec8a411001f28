import { Agent, type RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { createHttpsAgent } from '../../src/http/agent.js';
import type { Authority } from '../../src/sandbox/certificates.js';
import { loopback, type Network } from '../../src/sandbox/https-front.js';
import { Life, type Effect } from './life.js';
import { Crossing, servedRun, type Wires } from './wires.js';

/** Real sockets on loopback with TLS, and the service's own agent at one end of each. */
export class TlsWires implements Wires {
  readonly #wires = new Set<Wire>();
  /** By the port from which the process connects. */
  readonly #byPort = new Map<number, Wire>();
  readonly #agent: Agent;

  constructor(
    private readonly authority: Authority,
    private readonly sign: () => void,
  ) {
    this.#agent = createHttpsAgent({ caPem: authority.caPem });
  }

  isBusy(): boolean {
    for (const wire of this.#wires) if (wire.isBusy()) return true;
    return false;
  }

  readonly open: Network = async (handlers) =>
    loopback(this.authority)({
      ...handlers,
      onRequest: async (request, response) => {
        this.sign();
        const { run } = this.#from(request.socket);
        return servedRun.run(run, async () => handlers.onRequest(request, response));
      },
      onConnection: (socket) => {
        this.#from(socket).server = socket;
        handlers.onConnection?.(socket);
      },
    });

  agentOf(life: Life, run: string, onSent: (effect: Effect) => void): Agent {
    return new MortalAgent(this.#agent, (socket) => {
      const wire = new Wire(socket, run, this.sign);
      this.#wires.add(wire);
      socket.once('connect', () => this.#byPort.set(socket.localPort ?? 0, wire));
      socket.once('close', () => this.#wires.delete(wire));
      wire.pass(new Crossing(life, onSent, () => void socket.destroy()));
    });
  }

  #from({ remotePort = 0 }: Socket): Wire {
    const wire = this.#byPort.get(remotePort);
    if (wire) return wire;
    throw new Error(`no process has connected from port ${remotePort}`);
  }
}

/** Connects as the service's own agent does; each socket is handed on before anything is written to it. */
class MortalAgent extends Agent {
  constructor(
    own: Agent,
    private readonly onConnect: (socket: TLSSocket) => void,
  ) {
    super(own.options);
  }

  override createConnection(
    options: RequestOptions,
    done?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    const socket = super.createConnection(options, done);
    if (!(socket instanceof TLSSocket)) throw new Error('a connection without TLS');
    this.onConnect(socket);
    return socket;
  }
}

/** One connection, from the process's end of it. Bytes are counted as they are before they are encrypted. */
class Wire {
  server: Socket | undefined;
  #isSecure = false;
  #written = 0;
  #hasHeardEnd = false;

  constructor(
    private readonly socket: TLSSocket,
    readonly run: string,
    private readonly sign: () => void,
  ) {
    socket.once('secureConnect', () => (this.#isSecure = true));
  }

  /** The handshake goes on, or one end has written what the other has not read. */
  isBusy(): boolean {
    const { server, socket } = this;
    if (socket.destroyed) return false;
    if (!this.#isSecure || this.#written > (server?.bytesRead ?? 0)) return true;
    if (!server) return false;
    return server.bytesWritten > socket.bytesRead || (server.destroyed && !this.#hasHeardEnd);
  }

  /** From now on what is written and read passes by the life of the process. */
  pass(crossing: Crossing): void {
    const { socket, sign } = this;
    const [write, destroy] = [socket['_write'].bind(socket), socket['_destroy'].bind(socket)];
    const push = socket.push.bind(socket);
    const send = (chunk: Buffer, done: Done): void =>
      void crossing.out(chunk, () => {
        sign();
        this.#written += chunk.length;
        Life.outside(() => write(chunk, 'buffer' as BufferEncoding, done));
      });
    const part = async (error: Error | null, done: Done): Promise<void> => {
      await crossing.parting();
      destroy(error, done);
    };
    Object.assign(socket, {
      _write: (chunk: Chunk, encoding: BufferEncoding, done: Done) =>
        send(bytesOf({ chunk, encoding }), done),
      _writev: (chunks: readonly Written[], done: Done) => send(Buffer.concat(chunks.map(bytesOf)), done),
      push: (chunk: Buffer | null) => {
        sign();
        this.#hasHeardEnd ||= chunk === null;
        void crossing.in(() => void (socket.destroyed || push(chunk)));
        return true;
      },
      _destroy: (error: Error | null, done: Done) => {
        sign();
        void part(error, done);
      },
    });
  }
}

type Chunk = Buffer | string;
type Written = { readonly chunk: Chunk; readonly encoding: BufferEncoding };
type Done = (error?: Error | null) => void;

function bytesOf({ chunk, encoding }: Written): Buffer {
  return typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
}
