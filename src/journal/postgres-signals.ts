import { setTimeout as sleep } from 'node:timers/promises';
import { sql, type Transaction } from 'kysely';
import type { Client, ClientConfig } from 'pg';
import type { Signals } from './database.js';
import { LocalSignals } from './local-signals.js';
import { Sockets } from './sockets.js';
import type { Tables } from './tables.js';

const CHANNEL = 'rotor';
const RECONNECT_MS = 1_000;
/** Who only listens cannot tell a quiet server from one that is gone; a question is answered, or the socket gives up. */
const PULSE_MS = 2_000;

/** LISTEN and NOTIFY between replicas. While the connection is down nothing is heard, and whoever waits polls. */
export class PostgresSignals implements Signals {
  readonly #heard = new LocalSignals();
  readonly #sockets = new Sockets();
  #client: Client | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(private readonly connect: (stream: ClientConfig['stream']) => Client) {}

  static listening(config: ClientConfig, make: (config: ClientConfig) => Client): PostgresSignals {
    const signals = new PostgresSignals((stream) => make({ ...config, ...(stream && { stream }) }));
    void signals.#listen();
    return signals;
  }

  async send(tx: Transaction<Tables>, topic: string): Promise<void> {
    await sql`select pg_notify(${CHANNEL}, ${topic})`.execute(tx);
  }

  sent(): void {
    // The database has told everybody, this process among them.
  }

  async next(topic: string, signal: AbortSignal): Promise<void> {
    await this.#heard.next(topic, signal);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    await this.#sockets.closed(async () => this.#client?.end().catch(() => undefined));
    await this.#heard.close();
  }

  async #listen(): Promise<void> {
    const client = this.connect(this.#sockets.make);
    this.#client = client;
    client.on('notification', ({ payload }) => this.#heard.sent(payload ?? ''));
    client.on('error', () => undefined);
    client.on('end', () => this.#listenAgain(client));
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      await this.#untilItIsGone(client);
    } catch {
      await client.end().catch(() => undefined);
      this.#listenAgain(client);
    }
  }

  async #untilItIsGone(client: Client): Promise<void> {
    while (!this.#closed && this.#client === client) {
      await client.query('select 1');
      await sleep(PULSE_MS, undefined, { ref: false });
    }
  }

  #listenAgain(client: Client): void {
    if (this.#closed || this.#client !== client) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#listen(), RECONNECT_MS);
    this.#retry.unref();
  }
}
