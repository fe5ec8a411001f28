import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fingerprint } from '../../src/rotation/secret.js';
import { startSsm, type Ssm } from '../../src/sandbox/ssm/index.js';
import { isOver, type StoredCommand } from '../../src/sandbox/ssm/model.js';
import { throttling } from '../../src/sandbox/aws/failure.js';
import type { AwsTargetDeps } from '../../src/targets/aws/fields.js';
import { createTarget } from '../../src/targets/index.js';
import type { SsmTargetConfig } from '../../src/targets/ssm-run-command/config.js';
import type { Target } from '../../src/targets/target.js';
import { newToken, type TargetHarness } from '../contracts/target.contract.js';
import { until } from '../fakes/until.js';
import { AwsSurroundings } from './aws-surroundings.js';

export const HOSTS = 3;
/** Written by the test where the store is; a host reads it as it would read AWS. */
const REFRESH = '[ -e held ] || sha256sum < ../store | cut -c1-8 > running';

/** Hosts that are folders, with a store that is a file beside them, and Run Command, which has /bin/sh run there. */
export class SsmWorld {
  readonly ids: string[] = [];
  readonly #agents: Agent[] = [];

  private constructor(
    readonly surroundings: AwsSurroundings,
    readonly ssm: Ssm,
    readonly folder: string,
  ) {}

  static async open(hosts = HOSTS): Promise<SsmWorld> {
    const surroundings = await AwsSurroundings.open();
    const folder = await mkdtemp(join(tmpdir(), 'rotor-ssm-'));
    const ssm = await startSsm({ ...surroundings.service, folder, secondMs: 1, pageSize: 2 });
    const world = new SsmWorld(surroundings, ssm, folder);
    for (let host = 0; host < hosts; host += 1) await world.addHost();
    return world;
  }

  async addHost(tags: Readonly<Record<string, string>> = { role: 'checkout' }): Promise<string> {
    const id = await this.ssm.seed({ tags });
    this.ids.push(id);
    await writeFile(this.in(id, 'running'), `${newToken().fingerprint}\n`);
    return id;
  }

  in(id: string, name: string): string {
    return join(this.ssm.node(id).folder, name);
  }

  config(over: Partial<SsmTargetConfig> = {}): SsmTargetConfig {
    return {
      type: 'ssm-run-command',
      name: 'hosts',
      targets: { 'tag:role': ['checkout'] },
      document: 'AWS-RunShellScript',
      commands: [REFRESH],
      check: ['cat running'],
      checkEveryMs: 0,
      // A second of AWS is a millisecond here.
      commandTimeoutMs: 30_000_000,
      maxConcurrency: '50',
      maxErrors: '0',
      endpoint: this.ssm.url,
      readyTimeoutMs: 60_000,
      ...over,
    };
  }

  target(over: Partial<SsmTargetConfig> = {}, deps: Partial<AwsTargetDeps> = {}): Target {
    const target = this.surroundings.delivering(
      createTarget(this.config(over), this.surroundings.deps({ run: 'run-1', ...deps })),
    );
    return {
      preflight: async (signal) => target.preflight(signal),
      observe: async (expected, signal) => target.observe(expected, signal),
      deliver: async (token, signal) => {
        if (!signal.aborted) await writeFile(join(this.folder, 'store'), token.reveal());
        return target.deliver(token, signal);
      },
    };
  }

  /** Without a check. */
  unchecked(over: Partial<SsmTargetConfig> = {}, deps: Partial<AwsTargetDeps> = {}): Target {
    const { check: _none, ...config } = this.config(over);
    const target = createTarget(config, this.surroundings.deps({ run: 'run-1', ...deps }));
    return this.surroundings.delivering(target);
  }

  async running(): Promise<string[]> {
    return Promise.all(this.ids.map(async (id) => (await readFile(this.in(id, 'running'), 'utf8')).trim()));
  }

  async runWith(running: readonly string[]): Promise<void> {
    for (const [index, id] of this.ids.entries()) {
      await writeFile(this.in(id, 'held'), '');
      await writeFile(this.in(id, 'running'), `${running[index] ?? ''}\n`);
    }
  }

  /** Of deliveries, not of checks. */
  get sent() {
    return this.ssm.commands.filter(({ comment }) => comment.startsWith('rotor deliver '));
  }

  /** What others have run by the same document; the newest first. */
  runOthers(count: number, agoMs: number): void {
    const [any] = this.ssm.commands;
    if (!any) throw new Error('nothing was sent yet');
    const others = Array.from({ length: count }, (_, index) => ({
      ...any,
      id: randomUUID(),
      comment: 'of somebody else',
      requestedAt: Date.now() - agoMs - index,
    }));
    const all = this.ssm.commands as StoredCommand[];
    all.push(...others);
    all.sort((a, b) => b.requestedAt - a.requestedAt);
  }

  /** It was sent long ago. */
  age(command: StoredCommand, agoMs: number): void {
    Object.assign(command, { requestedAt: Date.now() - agoMs });
  }

  /** What a process that has just started looks with. */
  anew(): Partial<AwsTargetDeps> {
    const agent = new Agent({ ca: this.surroundings.authority.caPem });
    this.#agents.push(agent);
    return { agentFor: () => agent };
  }

  /** No host is still at it. */
  async ended(): Promise<void> {
    await until('the commands end', () =>
      this.ssm.commands.every(({ invocations }) => invocations.every(isOver)),
    );
  }

  async close(): Promise<void> {
    await this.ssm.close();
    for (const agent of this.#agents) agent.destroy();
    this.surroundings.close();
    await rm(this.folder, { recursive: true, maxRetries: 5 });
  }
}

export async function ssmHarness(): Promise<TargetHarness> {
  const world = await SsmWorld.open();
  const { ssm, surroundings } = world;
  const target = world.target();
  return {
    target: {
      preflight: async (signal) => target.preflight(signal),
      observe: async (expected, signal) => target.observe(expected, signal),
      deliver: async (token, signal) => {
        await target.deliver(token, signal);
        await world.ended();
      },
    },
    instances: HOSTS,
    observable: true,
    held: async () => surroundings.current?.reveal(),
    // Of the hosts, what is not still under way by itself.
    world: async () => ({ sent: world.sent.length, nodes: world.ids.map((id) => ssm.node(id).isOnline) }),
    runWith: async (running: readonly Fingerprint[]) => world.runWith(running),
    makeImpossible: async () => {
      for (const id of world.ids) ssm.node(id).isOnline = false;
    },
    breakDelivery: async () =>
      void ssm.faults.inject('SendCommand', { effect: 'error', failure: throttling() }),
    repair: async () => ssm.faults.clear(),
    hang: async (method) => {
      const operation = method === 'deliver' ? 'SendCommand' : 'ListCommands';
      ssm.faults.inject(operation, { effect: 'silence' });
      return { waiting: async () => surroundings.heard(operation) };
    },
    close: async () => world.close(),
  };
}
