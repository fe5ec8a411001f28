import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { Secret } from '../../src/rotation/secret.js';
import { until } from '../fakes/until.js';

const run = promisify(execFile);
type User = { readonly uid: number; readonly gid: number };
const DEBIAN = '/usr/lib/postgresql';

/** A PostgreSQL that tests make databases on. */
export interface Postgres {
  /** Of a database that is empty, or a copy of this one, to which nobody may be connected. */
  database(like?: Secret): Promise<Secret>;
  /** Of all databases so far but this one: eight megabytes each, which a disk need not be troubled with. */
  dropAll(but?: Secret): Promise<void>;
  /** Every connection breaks. `immediate` is without a word to anyone, as when its machine fails. */
  restart(how?: 'fast' | 'immediate'): Promise<void>;
  /** False where `restart` can only cut the connections, since the server is somebody else's. */
  readonly isOurs: boolean;
  stop(): Promise<void>;
}

/** For tests that never end it: what they write need not reach a disk, which takes most of their time else. */
export type PostgresOptions = { readonly isDurable?: boolean };

const FORGETFUL = ['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off'];

const SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

/** A server of the test's own, from the machine's PostgreSQL, under a user that may do nothing: it refuses root. */
export class PostgresServer implements Postgres {
  readonly isOurs = true;
  #made = 0;
  readonly #databases: string[] = [];

  private constructor(
    private readonly folder: string,
    private readonly port: number,
    private process: ChildProcess,
    private readonly bin: string,
    private readonly as: User | undefined,
    private readonly settings: readonly string[],
  ) {}

  static async start(bin: string, { isDurable = true }: PostgresOptions = {}): Promise<PostgresServer> {
    const folder = await mkdtemp(join(tmpdir(), 'rotor-postgres-'));
    const as = process.getuid?.() === 0 ? await nobody() : undefined;
    if (as) chownSync(folder, as.uid, as.gid);
    const data = join(folder, 'data');
    const initdb = ['-D', data, '-U', 'rotor', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
    await run(join(bin, 'initdb'), initdb, { ...as, cwd: folder });
    const port = await freePort();
    const settings = isDurable ? [] : FORGETFUL;
    const begun = begin(bin, folder, port, as, settings);
    const server = new PostgresServer(folder, port, begun, bin, as, settings);
    await server.ready();
    return server;
  }

  async database(like?: Secret): Promise<Secret> {
    this.#made += 1;
    const name = `rotor_${this.#made}`;
    await this.#run(`create database ${name}${templateOf(like)}`);
    this.#databases.push(name);
    return new Secret(this.#urlOf(name));
  }

  async dropAll(but?: Secret): Promise<void> {
    const kept = but && nameIn(but);
    for (const name of this.#databases.splice(0)) {
      if (name === kept) this.#databases.push(name);
      else await this.#run(`drop database ${name} with (force)`);
    }
  }

  async restart(how: 'fast' | 'immediate' = 'fast'): Promise<void> {
    await this.down(how);
    await this.up();
  }

  async down(how: 'fast' | 'immediate' = 'fast'): Promise<void> {
    const ended = once(this.process, 'exit');
    this.process.kill(SIGNALS[how]);
    await ended;
  }

  async up(): Promise<void> {
    this.process = begin(this.bin, this.folder, this.port, this.as, this.settings);
    await this.ready();
  }

  async stop(): Promise<void> {
    await this.down();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async ready(): Promise<void> {
    const asks = async () => run(join(this.bin, 'pg_isready'), this.#where());
    await until(
      'PostgreSQL answers',
      async () =>
        asks().then(
          () => true,
          () => false,
        ),
      30_000,
    );
  }

  /** By a connection: to begin a program takes long in a process that holds as much as a tester does. */
  async #run(statement: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.#urlOf('postgres') });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  }

  #urlOf(database: string): string {
    return `postgres://rotor@127.0.0.1:${this.port}/${database}`;
  }

  #where(): string[] {
    return ['-h', '127.0.0.1', '-p', String(this.port), '-U', 'rotor'];
  }
}

export function nameIn(url: Secret): string {
  return new URL(url.reveal()).pathname.slice(1);
}

/** What ends `create database`. */
export function templateOf(like: Secret | undefined): string {
  return like ? ` template ${nameIn(like)}` : '';
}

/** The folder of PostgreSQL's programs; undefined where the machine has none. */
export function postgresBin(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).toSorted((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(DEBIAN, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(':'),
  ];
  return folders.find((folder) =>
    ['initdb', 'postgres', 'pg_isready'].every((name) => existsSync(join(folder, name))),
  );
}

function begin(
  bin: string,
  folder: string,
  port: number,
  as: User | undefined,
  settings: readonly string[],
): ChildProcess {
  const data = join(folder, 'data');
  const options = [
    '-D',
    data,
    '-h',
    '127.0.0.1',
    '-p',
    String(port),
    '-k',
    folder,
    ...recovery(data),
    ...settings,
  ];
  return spawn(join(bin, 'postgres'), options, { ...as, cwd: folder, stdio: 'ignore' });
}

/**
 * After it was cut off it syncs each of its thousands of files before it answers, which takes a busy disk a minute;
 * from version 14 on it can sync all of the disk at once.
 */
function recovery(data: string): string[] {
  const version = Number(readFileSync(join(data, 'PG_VERSION'), 'utf8'));
  return version >= 14 ? ['-c', 'recovery_init_sync_method=syncfs'] : [];
}

async function nobody(): Promise<User> {
  const line = (await readFile('/etc/passwd', 'utf8'))
    .split('\n')
    .find((entry) => entry.startsWith('nobody:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined)
    throw new Error('this machine has no user nobody to run PostgreSQL as');
  return { uid: Number(uid), gid: Number(gid) };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
