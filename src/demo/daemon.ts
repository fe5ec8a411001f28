import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from '../cli/client.js';
import { inPackage } from '../in-package.js';
import { Secret } from '../rotation/secret.js';
import type { RunView } from '../triggers/run-view.js';
import { TOKEN_FILE } from '../triggers/api-token.js';

const CLI = inPackage('bin/rotor.js');

const MOST_LAST_WORDS = 2_000;

type Settings = {
  readonly config: string;
  readonly stateDir: string;
  readonly logFile: string;
  readonly env: Readonly<Record<string, string | undefined>>;
};

/** The real service, `rotor serve`, as a process of its own: the demo can do to it what befalls a process. */
export class Daemon {
  #process: ChildProcess | undefined;
  #restarted: Promise<unknown> = Promise.resolve();
  /** Ended from outside and started again. */
  restarts = 0;
  #client: Client | undefined;

  constructor(private readonly settings: Settings) {}

  /** Resolves when it listens; throws with its last words where it ends instead. */
  async start(): Promise<void> {
    const { config, env, logFile } = this.settings;
    const child = spawn(process.execPath, [CLI, 'serve', '--config', config], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    const log = createWriteStream(logFile, { flags: 'a', mode: 0o600 });
    child.stderr.pipe(log, { end: false });
    const address = await new Promise<string>((resolve, reject) => {
      let said = '';
      child.stderr.on('data', (chunk: Buffer) => (said = `${said}${String(chunk)}`.slice(-MOST_LAST_WORDS)));
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`the service ended with code ${code}: ${said.trim()}`)));
      createInterface(child.stdout).on('line', (line) => {
        log.write(`${line}\n`);
        const ready = addressIn(line);
        if (ready !== undefined) resolve(ready);
      });
    });
    const token = await readFile(join(this.settings.stateDir, TOKEN_FILE), 'utf8');
    this.#client = new Client(address, new Secret(token.trim()));
  }

  /** Of the process that was started last. */
  get pid(): number {
    const pid = this.#process?.pid;
    if (pid === undefined) throw new Error('the service was not started');
    return pid;
  }

  /** Also while it is being restarted: waits until it answers again. */
  async client(): Promise<Client> {
    await this.#restarted;
    if (!this.#client) throw new Error('the service was not started');
    return this.#client;
  }

  /** As a client, over restarts that change the address. */
  async run(...asked: Parameters<Client['run']>): Promise<RunView> {
    const client = await this.client();
    try {
      return await client.run(...asked);
    } catch (error) {
      const again = await this.client();
      if (again === client) throw error;
      return again.run(...asked);
    }
  }

  /** Resolves when the process is dead; the next one starts right after. */
  async killAndRestart(): Promise<void> {
    const child = this.#process;
    if (!child) throw new Error('the service was not started');
    const dead = once(child, 'exit');
    this.#restarted = dead.then(async () => this.start());
    // Heard by whoever asks for the client next; here only so that it is not unheard until then.
    this.#restarted.catch(() => undefined);
    this.restarts += 1;
    child.kill('SIGKILL');
    await dead;
  }

  /** Resolves with its exit code when the process that was started last has ended, whoever ended it. */
  async ended(): Promise<number | null> {
    const child = this.#process;
    if (child && child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return child?.exitCode ?? null;
  }

  /** SIGTERM, and its exit code. */
  async stop(): Promise<number | null> {
    await this.#restarted.catch(() => undefined);
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
    return child.exitCode;
  }
}

function addressIn(line: string): string | undefined {
  if (!line.includes('service.started')) return undefined;
  const { url } = JSON.parse(line) as { url?: { full?: string } };
  return url?.full;
}
