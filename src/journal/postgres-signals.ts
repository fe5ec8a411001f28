import { sql, type Transaction } from 'kysely';
import type { Client, ClientConfig } from 'pg';
import type { Signals } from './database.js';
import { LocalSignals } from './local-signals.js';
import type { Tables } from './tables.js';

const CHANNEL = 'rotor';
const RECONNECT_MS = 1_000;

/** LISTEN and NOTIFY between replicas. While the connection is down nothing is heard, and whoever waits polls. */
export class PostgresSignals implements Signals {
  readonly #heard = new LocalSignals();
  #client: Client | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(private readonly connect: () => Client) {}

  static listening(config: ClientConfig, make: (config: ClientConfig) => Client): PostgresSignals {
    const signals = new PostgresSignals(() => make(config));
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
    await this.#client?.end().catch(() => undefined);
    await this.#heard.close();
  }

  async #listen(): Promise<void> {
    const client = this.connect();
    this.#client = client;
    client.on('notification', ({ payload }) => this.#heard.sent(payload ?? ''));
    client.on('error', () => undefined);
    client.on('end', () => this.#listenAgain(client));
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
    } catch {
      await client.end().catch(() => undefined);
      this.#listenAgain(client);
    }
  }

  #listenAgain(client: Client): void {
    if (this.#closed || this.#client !== client) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#listen(), RECONNECT_MS);
    this.#retry.unref();
  }
}
