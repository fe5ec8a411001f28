import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client } from '../../src/cli/client.js';
import { Secret } from '../../src/rotation/secret.js';
import { TOKEN_FILE } from '../../src/triggers/api-token.js';

export const CLI = fileURLToPath(new URL('../../bin/rotor.js', import.meta.url));

/** The program names by itself what Node is to be started with, and Node by its name alone. */
const PATH_OF_THIS_NODE = [dirname(process.execPath), process.env['PATH']].join(delimiter);

export type ServiceOptions = {
  readonly config: string;
  readonly stateDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Seen with every line of its log. */
  readonly onLog?: (line: string) => void;
};

/** `rotor serve` from the build, a process of its own, as an operator starts it. */
export class Service implements AsyncDisposable {
  private constructor(
    private readonly process: ChildProcess,
    /** From the spawn to the first 200 of /readyz. */
    readonly readyMs: number,
    readonly url: string,
    readonly token: Secret,
  ) {}

  static async start({ config, stateDir, env, onLog }: ServiceOptions): Promise<Service> {
    const began = performance.now();
    const child = spawn(CLI, ['serve', '--config', config, '--state-dir', stateDir], {
      env: { ...env, PATH: PATH_OF_THIS_NODE, NODE_OPTIONS: nodeOptions(env) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const url = await listening(child, join(stateDir, '..', 'rotor.log'), onLog);
    const { status } = await fetch(new URL('readyz', url));
    if (status !== 200) throw new Error(`/readyz answers ${status}`);
    const readyMs = performance.now() - began;
    const token = await readFile(join(stateDir, TOKEN_FILE), 'utf8');
    return new Service(child, readyMs, url, new Secret(token.trim()));
  }

  get client(): Client {
    return new Client(this.url, this.token);
  }

  /** One GET of the API; throws unless it is answered with 200. */
  async get(path: string): Promise<unknown> {
    return JSON.parse((await this.read(path)).toString());
  }

  /** The same up to the last byte, which is what the service takes: to parse it is the reader's. */
  async read(path: string): Promise<Buffer> {
    const response = await fetch(new URL(path, this.url), {
      headers: { authorization: `Bearer ${this.token.reveal()}` },
    });
    const body = Buffer.from(await response.arrayBuffer());
    if (response.status !== 200) throw new Error(`GET ${path}: ${response.status} ${body.toString()}`);
    return body;
  }

  /** In MiB, of this process alone: what it has in memory now, and the most that it has had. */
  async memory(): Promise<{ now: number; peak: number }> {
    const status = await readFile(`/proc/${this.process.pid}/status`, 'utf8');
    const field = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]);
    return { now: field('VmRSS') / 1024, peak: field('VmHWM') / 1024 };
  }

  /** Seconds of processor time so far. */
  async processorSeconds(): Promise<number> {
    const stat = await readFile(`/proc/${this.process.pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }

  signal(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, 'exit');
    this.process.kill(signal);
    await ended;
  }
}

/** With those of whoever looks for what is slow: `BENCH_NODE_OPTIONS=--cpu-prof`. */
function nodeOptions({ NODE_OPTIONS }: ServiceOptions['env']): string {
  return [NODE_OPTIONS, process.env['BENCH_NODE_OPTIONS']].filter((one) => one !== undefined).join(' ');
}

/** USER_HZ, which is 100 wherever Linux has run for twenty years. */
const TICKS_PER_SECOND = 100;

async function listening(
  child: ChildProcess,
  logFile: string,
  onLog?: (line: string) => void,
): Promise<string> {
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw new Error('the service was started without pipes');
  const log = createWriteStream(logFile, { flags: 'a', mode: 0o600 });
  stderr.pipe(log, { end: false });
  return new Promise((resolve, reject) => {
    let last = '';
    stderr.on('data', (chunk: Buffer) => (last = String(chunk).trim()));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the service ended with code ${code}: ${last}`)));
    createInterface(stdout).on('line', (line) => {
      log.write(`${line}\n`);
      onLog?.(line);
      if (line.includes('service.started')) resolve((JSON.parse(line) as Started).url.full);
    });
  });
}

type Started = { readonly url: { readonly full: string } };
