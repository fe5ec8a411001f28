import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  startAgents,
  type AgentFleet,
  type AgentsOptions,
  type FleetTarget,
} from '../../src/sandbox/agents/index.js';
import type { DeploymentHandle } from '../../src/sandbox/sandbox.js';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import type { ApmRequest } from '../../src/sandbox/ledger.js';
import { createTarget } from '../../src/targets/index.js';
import type { Target } from '../../src/targets/target.js';

/** The programs of the agents run as processes of their own, from the build. */
export const PROGRAMS = fileURLToPath(new URL('../../dist/sandbox/agents/', import.meta.url));

/** A sandbox with agents at one of its deployments, in a folder that goes with it. */
export class AgentsWorld {
  readonly fleets: AgentFleet[] = [];
  private constructor(
    readonly sandbox: Sandbox,
    readonly deployment: DeploymentHandle,
    readonly folder: string,
  ) {}

  static async start(): Promise<AgentsWorld> {
    const sandbox = await startSandbox({ timings: { planMs: 5, flickerMs: 0, switchSpreadMs: 5 } });
    const folder = await mkdtemp(join(tmpdir(), 'rotor-agents-'));
    return new AgentsWorld(sandbox, sandbox.deployment('checkout-prod'), folder);
  }

  async agents(options: Partial<AgentsOptions>): Promise<AgentFleet> {
    const fleet = await startAgents({
      apmUrl: this.deployment.apmUrl,
      caPem: this.sandbox.caPem,
      folder: this.folder,
      token: this.deployment.currentToken(),
      ratePerSecond: 100,
      apiRequestTimeMs: 200,
      reloadMs: 50,
      programs: PROGRAMS,
      ...options,
    });
    this.fleets.push(fleet);
    return fleet;
  }

  /** A new token comes into force on every instance, and no agent knows. */
  async changeToken(): Promise<void> {
    const { ledger } = this.sandbox;
    const before = ledger.of('instance.switched').length;
    const all = before + this.deployment.acceptedFingerprints().length;
    this.deployment.resetByColleague();
    await ledger.waitFor(() => ledger.of('instance.switched').length === all);
  }

  intake(): ApmRequest[] {
    return this.sandbox.ledger.of('apm.request').filter(({ path }) => path.startsWith('/intake'));
  }

  /** Waits for the next intake request that ends with this status. */
  async nextIntake(status: number): Promise<void> {
    const count = (): number => this.intake().filter((request) => request.status === status).length;
    const before = count();
    await this.sandbox.ledger.waitFor(() => count() > before);
  }

  /** Transactions that the APM Server took, by its own count. */
  accepted(): number {
    return this.intake().reduce((sum, { events }) => sum + (events?.accepted ?? 0), 0);
  }

  async close(): Promise<void> {
    await Promise.all(this.fleets.map((fleet) => fleet.stop()));
    await this.sandbox.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** The target that an operator would configure for these agents. */
export function fileTargetFor(target: FleetTarget | undefined): Target {
  if (target === undefined) throw new Error('there is no such agent');
  const limits = { reloadTimeoutMs: 10_000, checkTimeoutMs: 10_000, readyTimeoutMs: 10_000 };
  return createTarget({ type: 'file', mode: '0600', ...target, ...limits }, { environment: process.env });
}

export function hasRealAgent(): boolean {
  try {
    createRequire(import.meta.url).resolve('elastic-apm-node');
    return true;
  } catch {
    console.warn('elastic-apm-node IS NOT INSTALLED: THE TESTS OF THE REAL AGENT ARE SKIPPED');
    return false;
  }
}
