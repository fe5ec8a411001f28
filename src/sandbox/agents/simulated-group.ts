import { readFile, rename, writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { createSecureContext } from 'node:tls';
import { Secret } from '../../rotation/secret.js';
import { createRandom, type Random } from '../random.js';
import { SimulatedAgent, type SimulatedAgentOptions } from './simulated-agent.js';
import { StatusFile } from './status-file.js';

export type SimulatedGroupOptions = Pick<
  SimulatedAgentOptions,
  'ratePerSecond' | 'apiRequestTimeMs' | 'backoffFactor' | 'queueLimit' | 'token'
> & {
  readonly name: string;
  readonly count: number;
  readonly seed: number;
  readonly apmUrl: string;
  readonly caPem: string;
  readonly gzip: boolean;
  readonly tokenFile: string;
  readonly statusFile: string;
  /** Gets the fingerprints alone, a line each, for a check that is no program of ours. */
  readonly shownFile?: string;
  /** How often each agent reads its token file anew. */
  readonly reloadMs: number;
};

/** Agents in this process that share one token file and read it again and again, each in a rhythm of its own. */
export class SimulatedGroup {
  readonly #options: SimulatedGroupOptions;
  readonly #agents: SimulatedAgent[];
  readonly #connections: Agent;
  readonly #status: StatusFile;
  readonly #timers = new Set<NodeJS.Timeout>();
  #stopped = false;

  private constructor(options: SimulatedGroupOptions) {
    this.#options = options;
    this.#status = new StatusFile(options.statusFile);
    // One context for all: a few hundred agents need not parse the authority's certificate each.
    const secureContext = createSecureContext({ ca: options.caPem });
    this.#connections = new Agent({ keepAlive: true, secureContext });
    const random = createRandom(options.seed);
    this.#agents = Array.from({ length: options.count }, (_, index) => {
      const name = `${options.name}-${index + 1}`;
      const own = random.fork(name);
      const { apmUrl, gzip } = options;
      const endpoint = { apmUrl, gzip, agent: this.#connections };
      const agent = new SimulatedAgent({ ...options, name, endpoint, random: own });
      this.#readAgain(agent, own.fork('reload'));
      return agent;
    });
  }

  static async start(options: SimulatedGroupOptions): Promise<SimulatedGroup> {
    const group = new SimulatedGroup(options);
    await group.#show();
    return group;
  }

  /** Transactions that each agent has generated. */
  counts(): number[] {
    return this.#agents.map((agent) => agent.sent);
  }

  dropped(): number {
    return this.#agents.reduce((sum, agent) => sum + agent.dropped, 0);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all(this.#agents.map((agent) => agent.stop()));
    this.#connections.destroy();
    await this.#status.settled();
  }

  /** elastic/apm-agent-java ElasticApmTracerBuilder.scheduleReloadAtRate: every 30 s, whether or not anything changed. */
  #readAgain(agent: SimulatedAgent, random: Random, afterMs = random.next() * this.#options.reloadMs): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void this.#load(agent).finally(() => {
        if (!this.#stopped) this.#readAgain(agent, random, this.#options.reloadMs);
      });
    }, afterMs);
    this.#timers.add(timer);
  }

  async #load(agent: SimulatedAgent): Promise<void> {
    const text = await readFile(this.#options.tokenFile, 'utf8').catch(() => '');
    const token = new Secret(text.trim());
    // A file that is gone or empty leaves the old value in force, as in the Java agent.
    if (this.#stopped || token.isEmpty || token.equals(agent.token)) return;
    agent.token = token;
    await this.#show();
  }

  async #show(): Promise<void> {
    const fingerprints = this.#agents.map((agent) => agent.token.fingerprint);
    const { shownFile } = this.#options;
    if (shownFile !== undefined) {
      await writeFile(`${shownFile}.new`, `${fingerprints.join('\n')}\n`);
      await rename(`${shownFile}.new`, shownFile);
    }
    await this.#status.show({ pid: process.pid, fingerprints });
  }
}
