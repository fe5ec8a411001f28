import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { TOKEN_FILE } from '../../src/triggers/api-token.js';
import { until } from '../fakes/until.js';

const ROTOR = fileURLToPath(new URL('../../bin/rotor.js', import.meta.url));
/** A guard against a test that hangs. */
const WITHIN_MS = 50_000;

export const ROTATIONS = ['checkout', 'billing'] as const;

type LogLine = {
  readonly event?: { readonly action?: string };
  readonly server?: { readonly address: string; readonly port: number };
  readonly url?: { readonly full: string };
  readonly 'error.message'?: string;
  readonly next?: string;
};

export type Reply = {
  readonly status: number;
  readonly type: string;
  readonly body: Readonly<Record<string, unknown>>;
};

/** `rotor serve` as a process of its own, with upstreams that nobody answers at. */
export class Service {
  readonly log: LogLine[] = [];
  stderr = '';
  readonly exit: Promise<number | null>;

  private constructor(
    private readonly process: ChildProcess,
    private readonly stateDir: string,
  ) {
    this.exit = once(process, 'close').then(([code]) => code as number | null);
    process.stderr?.on('data', (chunk: Buffer) => (this.stderr += String(chunk)));
    if (process.stdout)
      createInterface(process.stdout).on('line', (line) => this.log.push(JSON.parse(line) as LogLine));
  }

  static async start(
    folder: string,
    stateDir: string,
    { config = {}, env = {} }: { config?: object; env?: Record<string, string> } = {},
  ): Promise<Service> {
    const file = join(folder, 'rotor.yaml');
    await writeFile(file, stringify({ ...configOf(), ...config }));
    const child = spawn(process.execPath, [ROTOR, 'serve', '--config', file, '--state-dir', stateDir], {
      env: {
        PATH: process.env['PATH'],
        EC_API_KEY: randomBytes(20).toString('base64url'),
        AWS_ACCESS_KEY_ID: randomBytes(10).toString('hex'),
        AWS_SECRET_ACCESS_KEY: randomBytes(20).toString('base64url'),
        ...env,
      },
    });
    return new Service(child, stateDir);
  }

  /** What it has logged of one action so far. */
  logged(action: string): LogLine[] {
    return this.log.filter(({ event }) => event?.action === action);
  }

  /** Waits until it has logged the action, so many times. */
  async says(action: string, times = 1): Promise<LogLine> {
    await until(
      `the service logs ${action}: ${this.stderr}`,
      () => this.logged(action).length >= times,
      WITHIN_MS,
    );
    return this.logged(action).at(-1) ?? {};
  }

  async get(path: string): Promise<Reply> {
    return this.#ask('GET', path);
  }

  async rotate(rotation: string): Promise<Reply> {
    return this.#ask('POST', `/v1/rotations/${rotation}/runs`);
  }

  /** Waits until `/readyz` says so. */
  async isReady(): Promise<void> {
    await this.says('service.started');
    await until('the service is ready', async () => (await this.get('/readyz')).status === 200, WITHIN_MS);
  }

  signal(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.process.kill(signal);
    return this.exit;
  }

  async text(path: string): Promise<string> {
    const token = await readFile(join(this.stateDir, TOKEN_FILE), 'utf8');
    const headers = { authorization: `Bearer ${token.trim()}` };
    return (await fetch(new URL(path, this.#address), { headers })).text();
  }

  async #ask(method: string, path: string): Promise<Reply> {
    const token = await readFile(join(this.stateDir, TOKEN_FILE), 'utf8').catch(() => '');
    const headers = { authorization: `Bearer ${token.trim()}` };
    const response = await fetch(new URL(path, this.#address), { method, headers });
    const type = response.headers.get('content-type') ?? '';
    return { status: response.status, type, body: (await response.json()) as Reply['body'] };
  }

  get #address(): string {
    const started = this.logged('service.started').at(-1)?.url?.full;
    const waiting = this.logged('service.waiting').at(-1)?.server;
    return started ?? `http://${waiting?.address}:${waiting?.port}`;
  }
}

function configOf(): object {
  const nobody = 'https://127.0.0.1:9';
  return {
    version: 1,
    // Who measures and tries asks more often than a person.
    server: { listen: '127.0.0.1:0', rateLimit: { perMinute: 1_000_000 } },
    cloud: { endpoint: nobody, apiKey: '${env:EC_API_KEY}' },
    rotations: ROTATIONS.map((name) => ({
      name,
      select: { deployment: `${name}-prod` },
      maxAge: '1h',
      store: {
        type: 'aws-secrets-manager',
        secretId: `prod/apm/${name}`,
        region: 'eu-central-1',
        endpoint: nobody,
      },
      targets: [],
    })),
  };
}
