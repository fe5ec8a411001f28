import type { Fingerprint } from '../../rotation/secret.js';
import { uuid, type Random } from '../random.js';
import type { Timers } from '../timers.js';
import { primaryOf, type StoredDeployment, type StoredService, type StoredTask } from './model.js';

export type RolloutWorld = {
  readonly random: Random;
  readonly timers: Timers;
  /** Milliseconds between two steps of a rollout: a task starts, runs, or is given up. */
  readonly stepMs: number;
  /** What a container that starts now reads. */
  readonly reads: (service: StoredService) => Fingerprint | undefined;
  /** Tasks of this service do not get to run. */
  readonly startsFail: (service: StoredService) => boolean;
  /** No rollout goes on. */
  readonly isHeld: () => boolean;
};

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html#failure-threshold */
const LEAST_FAILURES = 3;
const MOST_FAILURES = 200;

/** As UpdateService does with forceNewDeployment: the new one is PRIMARY, those that still have tasks are ACTIVE. */
export function startDeployment(world: RolloutWorld, service: StoredService): StoredDeployment {
  const now = Date.now();
  for (const deployment of service.deployments) deployment.status = 'ACTIVE';
  const id = `ecs-svc/${String(world.random.int(10 ** 15)).padStart(16, '1')}${service.deployments.length}`;
  const deployment: StoredDeployment = {
    id,
    status: 'PRIMARY',
    createdAt: now,
    updatedAt: now,
    rolloutState: 'IN_PROGRESS',
    rolloutStateReason: `ECS deployment ${id} in progress.`,
    failedTasks: 0,
  };
  service.deployments = [deployment, ...service.deployments];
  goOn(world, service);
  return deployment;
}

export function newTask(world: RolloutWorld, service: StoredService, startedBy: string): StoredTask {
  const id = world.random.hex(32);
  return {
    arn: service.arn.replace(/:service\/.*$/, `:task/${service.cluster}/${id}`),
    startedBy,
    createdAt: Date.now(),
    lastStatus: 'PENDING',
  };
}

export function complete(world: RolloutWorld, service: StoredService): void {
  const primary = primaryOf(service);
  primary.rolloutState = 'COMPLETED';
  primary.rolloutStateReason = `ECS deployment ${primary.id} completed.`;
  service.deployments = [primary];
  tell(world, service, `(service ${service.name}) has reached a steady state.`);
}

function goOn(world: RolloutWorld, service: StoredService): void {
  world.timers.after(world.stepMs, () => step(world, service));
}

function step(world: RolloutWorld, service: StoredService): void {
  const primary = primaryOf(service);
  if (primary.rolloutState !== 'IN_PROGRESS') return;
  if (!world.isHeld()) advance(world, service, primary);
  if (primaryOf(service).rolloutState === 'IN_PROGRESS') goOn(world, service);
}

/** Minimum 100 %, maximum 200 %: an old task goes when a new one runs. */
function advance(world: RolloutWorld, service: StoredService, primary: StoredDeployment): void {
  const own = service.tasks.filter(({ startedBy }) => startedBy === primary.id);
  const pending = own.find(({ lastStatus }) => lastStatus === 'PENDING');
  if (pending && world.startsFail(service)) return fail(world, service, primary, pending);
  if (pending) {
    pending.lastStatus = 'RUNNING';
    const fingerprint = world.reads(service);
    if (fingerprint !== undefined) pending.runsWith = fingerprint;
    return stopOne(service, primary);
  }
  if (own.length < service.desired) {
    service.tasks.push(newTask(world, service, primary.id));
    return;
  }
  if (own.length === service.tasks.length) return complete(world, service);
  stopOne(service, primary);
}

function stopOne(service: StoredService, primary: StoredDeployment): void {
  const old = service.tasks.findIndex(({ startedBy }) => startedBy !== primary.id);
  if (old >= 0) service.tasks.splice(old, 1);
}

function fail(
  world: RolloutWorld,
  service: StoredService,
  primary: StoredDeployment,
  task: StoredTask,
): void {
  service.tasks = service.tasks.filter((one) => one !== task);
  primary.failedTasks += 1;
  const threshold = Math.min(MOST_FAILURES, Math.max(LEAST_FAILURES, Math.ceil(service.desired / 2)));
  if (service.breaker.enable && primary.failedTasks >= threshold) trip(world, service, primary);
}

/** https://aws.amazon.com/blogs/containers/announcing-amazon-ecs-deployment-circuit-breaker/ */
function trip(world: RolloutWorld, service: StoredService, primary: StoredDeployment): void {
  const { name } = service;
  primary.rolloutState = 'FAILED';
  primary.rolloutStateReason = 'ECS deployment circuit breaker: tasks failed to start.';
  tell(
    world,
    service,
    `(service ${name}) (deployment ${primary.id}) deployment failed: tasks failed to start.`,
  );
  const before = service.deployments.find(({ rolloutState }) => rolloutState === 'COMPLETED');
  if (!service.breaker.rollback || !before) return;
  primary.status = 'ACTIVE';
  before.status = 'PRIMARY';
  before.rolloutState = 'IN_PROGRESS';
  before.rolloutStateReason = `ECS deployment circuit breaker: rolling back to deploymentId ${before.id}.`;
  tell(world, service, `(service ${name}) rolling back to deployment ${before.id}.`);
}

function tell({ random }: RolloutWorld, service: StoredService, message: string): void {
  service.events.unshift({ id: uuid(random), createdAt: Date.now(), message });
}
