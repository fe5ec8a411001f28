import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { Secret } from '../../src/rotation/secret.js';
import { nameIn, templateOf, type Postgres } from './postgres-server.js';

/** A server that somebody else runs, with a user who may make databases: they are dropped afterwards. */
export class GivenPostgres implements Postgres {
  readonly isOurs = false;
  readonly #databases: string[] = [];

  constructor(private readonly url: string) {}

  async database(like?: Secret): Promise<Secret> {
    const name = `rotor_test_${randomBytes(6).toString('hex')}`;
    await this.#run(`create database ${name}${templateOf(like)}`);
    this.#databases.push(name);
    const url = new URL(this.url);
    url.pathname = `/${name}`;
    return new Secret(url.href);
  }

  async restart(): Promise<void> {
    const names = this.#databases.map((name) => `'${name}'`).join(', ');
    if (names === '') return;
    await this.#run(`select pg_terminate_backend(pid) from pg_stat_activity where datname in (${names})`);
  }

  async stop(): Promise<void> {
    await this.dropAll();
  }

  async dropAll(but?: Secret): Promise<void> {
    const kept = but && nameIn(but);
    for (const name of this.#databases.splice(0)) {
      if (name === kept) this.#databases.push(name);
      else await this.#run(`drop database ${name} with (force)`);
    }
  }

  async #run(statement: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.url });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  }
}
