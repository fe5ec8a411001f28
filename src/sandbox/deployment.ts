import { fingerprintOf, type Fingerprint } from '../rotation/secret.js';
import { ApmInstance } from './apm-server/instance.js';
import { rollOut, switchTo, type RolloutDeps } from './apm-server/rollout.js';
import type { ApmServer } from './apm-server/server.js';
import type { DeploymentHandle } from './deployment-handle.js';
import type { Faults } from './faults.js';
import type { Network } from './https-front.js';
import { SandboxKibana } from './kibana/index.js';
import type { ApmServerMode, DeploymentOptions, ResourceKind, ResourceStatus } from './options.js';
import { PlanTrack, type ChangedBy, type PlanAttempt } from './plans.js';

// The recorded token of elastic/cloud-sdk-go pkg/api/deploymentapi/testdata/integrations_server_get.json has this form.
const TOKEN_LENGTH = 18;
const ID_LENGTH = 32;
const DEFAULT_VERSION = '8.19.4';

export type DeploymentDeps = RolloutDeps & { readonly network: Network; readonly faults: Faults };

/** One deployment of the world: what the API shows of it, and what a test may do to it. */
export class SandboxDeployment implements DeploymentHandle {
  readonly id: string;
  readonly name: string;
  readonly kind: ResourceKind;
  mode: ApmServerMode;
  readonly refId: string;
  readonly resourceId: string;
  readonly elasticsearchId: string;
  readonly kibanaId: string;
  readonly region = 'aws-eu-west-1';
  readonly version: string;
  readonly tags: readonly { readonly key: string; readonly value: string }[];
  readonly createdAt = new Date();
  readonly kibana: SandboxKibana;
  readonly plans: PlanTrack;
  readonly instances: readonly ApmInstance[];
  isDeleted = false;
  modifiedAt = this.createdAt;
  /** What `x-cloud-resource-version` tells: goes up with every change. */
  resourceVersion = 1;
  #status: ResourceStatus;
  #server: ApmServer | undefined;
  readonly #deps: DeploymentDeps;

  constructor(options: DeploymentOptions, deps: DeploymentDeps) {
    const { random } = deps;
    this.#deps = deps;
    this.#status = options.status ?? 'started';
    this.name = options.name;
    this.kind = options.kind;
    this.mode = options.mode;
    this.version = options.version ?? DEFAULT_VERSION;
    this.refId = options.refId ?? `main-${options.kind}`;
    this.tags = Object.entries(options.tags ?? {}).map(([key, value]) => ({ key, value }));
    this.id = random.hex(ID_LENGTH);
    this.resourceId = random.hex(ID_LENGTH);
    this.elasticsearchId = random.hex(ID_LENGTH);
    this.kibanaId = random.hex(ID_LENGTH);
    const token = this.#newToken();
    this.instances = Array.from(
      { length: options.instances ?? 3 },
      (_, index) => new ApmInstance(`instance-${String(index).padStart(10, '0')}`, token),
    );
    this.plans = new PlanTrack({ token, ...deps, listener: this.#planListener() });
    this.kibana = new SandboxKibana(this, { ...deps, random: random.fork('kibana') });
  }

  get status(): ResourceStatus {
    const isChanging = this.#status === 'started' && this.plans.visiblePending(new Date()) !== undefined;
    return isChanging ? 'reconfiguring' : this.#status;
  }

  get apmUrl(): string {
    return this.server.url;
  }

  get server(): ApmServer {
    if (this.#server === undefined)
      throw new Error(`the APM Server of ${this.name} has not been started yet`);
    return this.#server;
  }

  attach(server: ApmServer): void {
    this.#server = server;
    if (this.#status !== 'started') server.refuse();
    if (this.mode === 'managed') this.kibana.manage(this.plans.current.token);
  }

  switchToManaged(): void {
    if (this.mode === 'managed') throw new Error(`${this.name} is managed already`);
    this.kibana.manage(this.plans.current.token);
    this.mode = 'managed';
    this.#touch();
  }

  /** Begins to put a new token in force; the plan must not be pending. */
  reset(by: ChangedBy & ('api' | 'colleague')): PlanAttempt {
    const attempt = this.plans.start(this.#newToken(), by);
    this.#touch();
    const fingerprint = fingerprintOf(attempt.token);
    this.#deps.ledger.append({
      kind: 'token.reset',
      deployment: this.name,
      by,
      fingerprint,
      planAttempt: attempt.id,
    });
    return attempt;
  }

  /** The plan of a managed one holds what it was made with, for ever: https://github.com/elastic/kibana/issues/89989 */
  currentToken(): string {
    return this.kibana.currentToken() ?? this.plans.current.token;
  }

  pendingToken(): string | undefined {
    return this.plans.pending?.token;
  }

  acceptedFingerprints(): { instance: string; fingerprint: Fingerprint | 'any' }[] {
    return this.instances.map((instance) => ({ instance: instance.name, fingerprint: instance.accepts }));
  }

  resetByColleague(): void {
    if (this.mode === 'managed') this.kibana.editToken();
    else this.reset('colleague');
  }

  failNextPlan(): void {
    this.plans.failNext();
  }

  holdPlanPending(): void {
    this.plans.hold();
  }

  releasePlan(): void {
    this.plans.release();
  }

  openAuthentication(): void {
    for (const instance of this.instances) {
      instance.openAuthentication();
      this.#server?.drain(instance);
    }
  }

  pinInstance(index: number): void {
    this.#instance(index).pinned = true;
  }

  restartInstance(index: number): void {
    const auth = { token: this.currentToken(), open: false };
    switchTo(this, this.#instance(index), auth, this.#deps.ledger);
  }

  #instance(index: number): ApmInstance {
    const instance = this.instances[index];
    if (instance === undefined)
      throw new Error(`${this.name} has ${this.instances.length} instances, no number ${index}`);
    return instance;
  }

  stop(): void {
    this.#status = 'stopped';
    this.#touch();
    this.#server?.refuse();
  }

  delete(): void {
    this.isDeleted = true;
    this.stop();
    this.kibana.server.refuse();
  }

  #newToken(): string {
    return this.#deps.random.base62(TOKEN_LENGTH);
  }

  #touch(): void {
    this.modifiedAt = new Date();
    this.resourceVersion += 1;
  }

  #planListener(): { onApplied(attempt: PlanAttempt): void; onFailed(attempt: PlanAttempt): void } {
    const record = (kind: 'plan.applied' | 'plan.failed', { id, token }: PlanAttempt): void => {
      this.#touch();
      const fingerprint = fingerprintOf(token);
      this.#deps.ledger.append({ kind, deployment: this.name, fingerprint, planAttempt: id });
    };
    return {
      onApplied: (attempt) => {
        record('plan.applied', attempt);
        rollOut(this, attempt.token, this.#deps);
      },
      onFailed: (attempt) => record('plan.failed', attempt),
    };
  }
}
