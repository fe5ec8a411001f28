import { AsyncLocalStorage } from 'node:async_hooks';
import { createServer } from 'node:http';
import { Agent } from 'node:https';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { serve, type Network } from '../../src/sandbox/https-front.js';
import { Life, type Effect } from './life.js';

/** In what a server does: the run for which it was asked. */
export const servedRun = new AsyncLocalStorage<string>();

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
    await this.parting().catch(() => undefined);
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

/** The end of a process that may die or freeze: nothing passes it then. */
class MortalEnd extends End {
  #begun: Promise<void> | undefined;
  #fate: string | undefined;

  constructor(
    private readonly life: Life,
    private readonly onSent: (effect: Effect) => void,
    sign: () => void,
  ) {
    super(sign);
    life.onDeath(() => this.#fate !== 'after' && this.destroy());
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#begun ??= this.#begin(chunk.toString('latin1'));
    void this.#send(chunk, this.#begun, done);
  }

  async #send(chunk: Buffer, begun: Promise<void>, done: () => void): Promise<void> {
    try {
      await begun;
      await this.life.passage();
    } catch {
      this.destroy();
      return;
    }
    Life.outside(() => this.pass(chunk));
    done();
  }

  /** What has been written arrives, also if nobody waits for the answer any more. */
  protected override async parting(): Promise<void> {
    if (this.life.isFrozen) await this.#begun;
  }

  override push(chunk: Buffer | null): boolean {
    void this.#receive(chunk);
    return true;
  }

  async #begin(head: string): Promise<void> {
    const effect = effectOf(head);
    this.#fate = await this.life.begin(effect);
    this.onSent(effect);
    this.life.did(effect);
  }

  async #receive(chunk: Buffer | null): Promise<void> {
    if (this.#fate === 'lost') this.life.die();
    if (this.#fate === 'cut') this.destroy();
    if (this.#fate === 'after' && !this.life.isDead) this.life.die();
    if (this.life.isFrozen) await this.life.passage().catch(() => undefined);
    this.life.within(() => {
      if (!this.destroyed) super.push(chunk);
    });
  }
}

/** Servers and their clients in one process, without a socket between them. */
export class MemoryNetwork {
  readonly #servers = new Map<number, (end: End) => void>();

  constructor(private readonly sign: () => void) {}

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

  /** `onSent` hears of each request as it leaves the process. */
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

const READS = /^(Describe|Get|List)/;

function effectOf(head: string): Effect {
  const operation = /x-amz-target: secretsmanager\.(\w+)/i.exec(head)?.[1];
  if (operation !== undefined) return { name: `aws ${operation}`, writes: !READS.test(operation) };
  const [method = '', path = ''] = head.split(' ', 2);
  const host = path.startsWith('/api/v1/') ? 'cloud' : /^\/(s\/[^/]+\/)?api\//.test(path) ? 'kibana' : 'apm';
  // The probe's POST to the APM Server carries no event, and the cloud is searched with one.
  const writes = method !== 'GET' && host !== 'apm' && !path.endsWith('/_search');
  return { name: `${host} ${method} ${path.replaceAll(/[0-9a-f]{32}/g, '*')}`, writes };
}
