import type { Fingerprint } from '../../rotation/secret.js';

export type StoredTask = {
  readonly arn: string;
  /** Id of its deployment. */
  readonly startedBy: string;
  readonly createdAt: number;
  lastStatus: 'PENDING' | 'RUNNING';
  /** What its container read when it started. */
  runsWith?: Fingerprint;
};

/** Times are epoch milliseconds, as everywhere in the sandbox; the wire has seconds. */
export type StoredDeployment = {
  readonly id: string;
  status: 'PRIMARY' | 'ACTIVE';
  readonly createdAt: number;
  updatedAt: number;
  rolloutState: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  rolloutStateReason: string;
  failedTasks: number;
};

export type Container = {
  readonly name: string;
  readonly environment?: readonly { readonly name: string; readonly value: string }[];
  readonly secrets?: readonly { readonly name: string; readonly valueFrom: string }[];
  readonly environmentFiles?: readonly { readonly type: 's3'; readonly value: string }[];
};

export type StoredService = {
  readonly name: string;
  readonly arn: string;
  readonly account: string;
  readonly cluster: string;
  readonly createdAt: number;
  readonly controller: 'ECS' | 'CODE_DEPLOY' | 'EXTERNAL';
  readonly breaker: { readonly enable: boolean; readonly rollback: boolean };
  containers: readonly Container[];
  status: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  desired: number;
  deployments: StoredDeployment[];
  tasks: StoredTask[];
  events: { readonly id: string; readonly createdAt: number; readonly message: string }[];
  readonly tags: Map<string, string>;
};

export function primaryOf(service: StoredService): StoredDeployment {
  const primary = service.deployments.find(({ status }) => status === 'PRIMARY');
  if (!primary) throw new Error(`service ${service.name} has no primary deployment`);
  return primary;
}
