import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseReport } from './report.js';
import type { Settings } from './settings.js';

export type RealAgentOptions = Omit<Settings, 'pidFile' | 'statusFile'> & {
  readonly folder: string;
  /** Where the compiled supervisor is. */
  readonly programs: string;
};

const STOP_LIMIT_MS = 15_000;

/** A service with the agent for Node.js in processes of its own: a supervisor and, under it, a worker. */
export class RealAgent {
  readonly pidFile: string;
  readonly statusFile: string;
  sent = 0;
  readonly #child: ChildProcess;
  readonly #gone: Promise<unknown>;
  #complaint = '';

  private constructor(options: RealAgentOptions, settings: Settings, settingsFile: string) {
    ({ pidFile: this.pidFile, statusFile: this.statusFile } = settings);
    this.#child = fork(join(options.programs, 'supervisor.js'), [settingsFile], {
      // What this process was started with, such as a debugger's port, is not for its children.
      execArgv: [],
      env: { PATH: process.env['PATH'] },
      // Its own process group: an interrupt from the keyboard would otherwise end the workers before they are flushed.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#complaint += chunk.toString('utf8')));
    this.#gone = Promise.all([once(this.#child, 'exit'), once(this.#child, 'disconnect')]);
    this.#child.on('message', (message) => (this.sent = parseReport(message).sent));
  }

  /** Resolves once the service runs; throws with what its supervisor complained of. */
  static async start(options: RealAgentOptions): Promise<RealAgent> {
    const { folder, programs: _programs, ...rest } = options;
    const file = (ending: string): string => join(folder, `${options.name}.${ending}`);
    const settings: Settings = { ...rest, pidFile: file('pid'), statusFile: file('status.json') };
    await writeFile(file('settings.json'), JSON.stringify(settings));
    const agent = new RealAgent(options, settings, file('settings.json'));
    const running = once(agent.#child, 'message').then(() => true);
    if (await Promise.race([running, agent.#gone.then(() => false)])) return agent;
    throw new Error(`the agent ${options.name} did not start: ${agent.#complaint.trim()}`);
  }

  /** Lets it send what it holds; resolves once its processes are gone. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), STOP_LIMIT_MS);
    await this.#gone;
    clearTimeout(kill);
  }
}
