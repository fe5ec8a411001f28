import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Secret } from '../../rotation/secret.js';
import type { Report } from './report.js';
import type { Settings } from './settings.js';
import { StatusFile } from './status-file.js';
import { Worker } from './worker.js';

type Tell = (state: Report['state'], sent: number, done: () => void) => void;

const RESTART_AFTER_MS = 500;

/**
 * Keeps one worker running. A reload starts the next one with the token that the file holds then, and stops the old
 * one only when the new one runs: a restart loses nothing by itself.
 */
export class Supervision {
  readonly #settings: Settings;
  readonly #tell: Tell;
  readonly #status: StatusFile;
  readonly #workers: Worker[] = [];
  #running: Worker | undefined;
  #started = false;
  #stopping = false;
  #lastTask: Promise<void> = Promise.resolve();

  constructor(settings: Settings, tell: Tell) {
    this.#settings = settings;
    this.#tell = tell;
    this.#status = new StatusFile(settings.statusFile);
  }

  async start(): Promise<void> {
    const first = this.#replace();
    this.#inTurn(() => first.catch(() => undefined));
    await first;
    // Not before: whoever hears it may look at the status file at once.
    this.#started = true;
    this.#report('running');
  }

  /** A worker that does not start changes nothing: the old one goes on with the old token. */
  reload(): void {
    this.#inTurn(async () => {
      await this.#replace().catch(() => undefined);
    });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#lastTask;
    await this.#running?.stop();
    await new Promise<void>((resolve) => this.#report('stopped', resolve));
  }

  async #replace(): Promise<void> {
    if (this.#stopping) return;
    const token = new Secret((await readFile(this.#settings.tokenFile, 'utf8')).trim());
    if (token.isEmpty) throw new Error(`${this.#settings.tokenFile} holds no token`);
    const old = this.#running;
    const worker = await Worker.start(this.#settings, token, () => {
      if (this.#started) this.#report('running');
    });
    this.#workers.push(worker);
    this.#running = worker;
    worker.onExit(() => this.#restartAfter(worker));
    await old?.stop();
    // Only now: until the old worker was gone, a process of this service still ran with the old token.
    await this.#status.show({ pid: process.pid, fingerprints: [token.fingerprint] });
  }

  #restartAfter(gone: Worker): void {
    if (this.#stopping || this.#running !== gone) return;
    this.#running = undefined;
    this.#inTurn(async () => {
      await this.#status.show({ pid: process.pid, fingerprints: [] });
      while (!this.#stopping && this.#running === undefined) {
        await delay(RESTART_AFTER_MS);
        await this.#replace().catch(() => undefined);
      }
    });
  }

  #inTurn(task: () => Promise<void>): void {
    this.#lastTask = this.#lastTask.then(task);
  }

  #report(state: Report['state'], done: () => void = () => undefined): void {
    const sent = this.#workers.reduce((sum, worker) => sum + worker.sent, 0);
    this.#tell(state, sent, done);
  }
}
