import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Secret } from '../../rotation/secret.js';
import { parseReport } from './report.js';
import type { Settings } from './settings.js';

const SERVICE = fileURLToPath(new URL('service.js', import.meta.url));
const STOP_LIMIT_MS = 5_000;
const START_LIMIT_MS = 10_000;

/** One process of the service; it has one token for its whole life. */
export class Worker {
  readonly token: Secret;
  sent = 0;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #onReport: () => void = () => undefined;

  private constructor(settings: Settings, token: Secret) {
    this.token = token;
    this.#child = fork(SERVICE, [String(settings.ratePerSecond)], {
      execArgv: [],
      env: environmentOf(settings, token),
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    // What it told last may still be in the channel when the process is gone.
    this.#exited = Promise.all([once(this.#child, 'exit'), once(this.#child, 'disconnect')]);
    this.#child.on('message', (message) => {
      this.sent = parseReport(message).sent;
      this.#onReport();
    });
  }

  /** Resolves once the service runs; `onReport` is called whenever its count has changed. */
  static async start(settings: Settings, token: Secret, onReport: () => void): Promise<Worker> {
    const worker = new Worker(settings, token);
    worker.#onReport = onReport;
    const limit = AbortSignal.timeout(START_LIMIT_MS);
    try {
      const running = once(worker.#child, 'message', { signal: limit }).then(() => true);
      if (await Promise.race([running, worker.#exited.then(() => false)])) return worker;
    } catch {
      worker.#child.kill('SIGKILL');
    }
    throw new Error(`the service ${settings.name} did not start`);
  }

  onExit(listener: () => void): void {
    void this.#exited.then(listener);
  }

  /** Lets the service send what it holds; resolves once the process is gone. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), STOP_LIMIT_MS);
    await this.#exited;
    clearTimeout(kill);
  }
}

function environmentOf(settings: Settings, token: Secret): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    NODE_EXTRA_CA_CERTS: settings.caFile,
    ELASTIC_APM_SERVER_URL: settings.apmUrl,
    ELASTIC_APM_SECRET_TOKEN: token.reveal(),
    ELASTIC_APM_SERVICE_NAME: settings.name,
    ELASTIC_APM_SERVICE_NODE_NAME: settings.name,
    ELASTIC_APM_API_REQUEST_TIME: `${settings.apiRequestTimeMs}ms`,
    ELASTIC_APM_VERIFY_SERVER_CERT: 'true',
    ELASTIC_APM_METRICS_INTERVAL: '0s',
    ELASTIC_APM_CENTRAL_CONFIG: 'false',
    ELASTIC_APM_CLOUD_PROVIDER: 'none',
    ELASTIC_APM_LOG_LEVEL: 'off',
    // The service has nothing to instrument, and starts faster without.
    ELASTIC_APM_INSTRUMENT: 'false',
  };
}
