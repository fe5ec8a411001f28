import type { AuthSettings } from '../apm-server/authorization.js';
import type { ApmInstance } from '../apm-server/instance.js';
import { switchTo, type RolloutDeps, type RolloutSubject } from '../apm-server/rollout.js';
import { uuid } from '../random.js';

type UnitStatus = 'HEALTHY' | 'CONFIGURING' | 'FAILED';

type Agent = {
  readonly id: string;
  readonly instance: ApmInstance;
  isOffline: boolean;
  /** Acknowledged: received, which is not yet loaded. */
  acknowledged: number;
  unit: { status: UnitStatus; message: string };
};

export type Rollout = { readonly revision: number; readonly auth: AuthSettings };

/** From the acknowledgement until the input is loaded, and again until its status is reported. */
const LOAD_MS = 30;

/** The Elastic Agents of one agent policy, each of which runs one APM Server. */
export class ElasticAgents {
  readonly #agents: readonly Agent[];
  #failure: string | undefined;
  #newest: Rollout | undefined;

  constructor(
    private readonly subject: RolloutSubject,
    private readonly deps: RolloutDeps,
    revision: number,
  ) {
    this.#agents = subject.instances.map((instance) => ({
      id: uuid(deps.random),
      instance,
      isOffline: false,
      acknowledged: revision,
      unit: { status: 'HEALTHY', message: 'Healthy' },
    }));
  }

  /** Each agent checks in at a moment of its own: fleet-server cuts its long poll short when the policy changes. */
  rollOut(rollout: Rollout): void {
    this.#newest = rollout;
    const { random, timers, timings } = this.deps;
    const order = random.shuffle(this.#agents);
    const shareMs = timings.switchSpreadMs / order.length;
    order.forEach((agent, index) => {
      const checkInMs = timings.checkInMs + (index + random.next()) * shareMs;
      timers.after(checkInMs, () => this.#acknowledge(agent, rollout));
    });
  }

  /** Never comes back. */
  takeOffline(index: number): void {
    this.#at(index).isOffline = true;
  }

  /** From now on no input loads: the old runner stays (elastic/apm-server internal/beatcmd/reloader.go). */
  failInput(message: string): void {
    this.#failure = message;
  }

  /** The next load works again, and the newest policy is tried at once. */
  repairInput(): void {
    this.#failure = undefined;
    for (const agent of this.#agents) if (this.#newest) this.#load(agent, this.#newest);
  }

  views(policyId: string): object[] {
    return this.#agents.map(({ id, isOffline, acknowledged, unit }) => ({
      id,
      type: 'PERMANENT',
      active: true,
      status: isOffline ? 'offline' : unit.status === 'FAILED' ? 'error' : 'online',
      policy_id: policyId,
      policy_revision: acknowledged,
      last_checkin: new Date().toISOString(),
      components: [
        {
          id: 'apm-es-containerhost',
          type: 'apm',
          status: unit.status,
          message: unit.message,
          units: [
            { id: 'apm-es-containerhost-elastic-cloud-apm', type: 'input', ...unit },
            { id: 'apm-es-containerhost', type: 'output', status: 'HEALTHY', message: 'Healthy' },
          ],
        },
      ],
    }));
  }

  #acknowledge(agent: Agent, rollout: Rollout): void {
    if (agent.isOffline || agent.acknowledged >= rollout.revision) return;
    agent.acknowledged = rollout.revision;
    agent.unit = { status: 'CONFIGURING', message: 'Reloading' };
    this.deps.timers.after(LOAD_MS, () => this.#load(agent, rollout));
  }

  #load(agent: Agent, { revision, auth }: Rollout): void {
    if (agent.isOffline || agent.acknowledged !== revision) return;
    const failure = this.#failure;
    // An instance that hangs shows the policy as loaded and serves with the old one all the same.
    if (failure === undefined && !agent.instance.pinned) {
      // A plan that was applied before APM came to be managed has no say any more.
      agent.instance.beginRollout();
      switchTo(this.subject, agent.instance, auth, this.deps.ledger);
    }
    const unit: Agent['unit'] =
      failure === undefined
        ? { status: 'HEALTHY', message: 'Healthy' }
        : { status: 'FAILED', message: `failed to load input config: ${failure}` };
    this.deps.timers.after(LOAD_MS, () => {
      if (agent.acknowledged === revision) agent.unit = unit;
    });
  }

  #at(index: number): Agent {
    const agent = this.#agents[index];
    if (agent) return agent;
    throw new Error(`${this.subject.name} has ${this.#agents.length} Elastic Agents, no number ${index}`);
  }
}
