import type { Fingerprint } from '../../rotation/secret.js';
import { OWN_ACCOUNT } from '../aws/keyring.js';
import { json11, startAwsService, type AwsService, type AwsServiceOptions } from '../aws/service.js';
import { createRandom, type Random } from '../random.js';
import { createTimers } from '../timers.js';
import { within } from '../aws/quotas.js';
import { ecsQuotas } from './quotas.js';
import { primaryOf, type Container, type StoredService } from './model.js';
import { operationsOf, type EcsWorld } from './operations.js';
import { complete, newTask, startDeployment } from './rollout.js';

export type EcsOptions = AwsServiceOptions & {
  readonly random?: Random;
  readonly region: string;
  /** Milliseconds between two steps of a rollout. Default: 10. */
  readonly stepMs?: number;
  /** Refuses what goes beyond the quotas of AWS. Default: nothing is counted, so that tests need not wait. */
  readonly hasQuotas?: boolean;
  /** What a container that starts now reads from its secret. */
  readonly reads: () => Fingerprint | undefined;
};

export type EcsSeed = {
  /** Default: that of the keys that have taken on no role. */
  readonly account?: string;
  readonly cluster: string;
  readonly service: string;
  readonly desired?: number;
  readonly containers?: readonly Container[];
  readonly controller?: StoredService['controller'];
  readonly breaker?: StoredService['breaker'];
  /** As services of before had it, without the name of the cluster. */
  readonly hasShortArn?: boolean;
};

export type Ecs = AwsService & {
  seed(seed: EcsSeed): void;
  /** As it is, to look at and to change past the API. */
  service(name: string): StoredService;
  /** Another deployment, as from a colleague's CI. */
  deploy(service: string): void;
  /** From now on a service whose tasks do not start, or start again. */
  failStarts(service: string, fails: boolean): void;
  /** No rollout goes on until it is set free. */
  hold(isHeld: boolean): void;
  /** Its tasks run with these; those with what is read now were started by the newest deployment. */
  runWith(service: string, running: readonly Fingerprint[]): void;
};

/** Amazon ECS as its API reference tells it, with services whose deployments go on by timers. */
export async function startEcs(options: EcsOptions): Promise<Ecs> {
  const { reads, region, stepMs = 10 } = options;
  const failing = new Set<string>();
  const timers = createTimers();
  let isHeld = false;
  const world: EcsWorld = {
    services: [],
    random: options.random ?? createRandom(1),
    timers,
    stepMs,
    reads,
    startsFail: ({ name }) => failing.has(name),
    isHeld: () => isHeld,
  };
  const protocol = json11('ecs', 'AmazonEC2ContainerServiceV20141113', operationsOf(world));
  const server = await startAwsService(
    options.hasQuotas === true ? within(ecsQuotas(), protocol) : protocol,
    options,
  );
  const find = (name: string): StoredService => {
    const found = world.services.find((one) => one.name === name);
    if (!found) throw new Error(`the sandbox has no service ${name}`);
    return found;
  };
  return {
    ...server,
    seed: (seed) => addService(world, region, seed),
    service: find,
    deploy: (name) => void startDeployment(world, find(name)),
    failStarts: (name, fails) => void (fails ? failing.add(name) : failing.delete(name)),
    hold: (held) => {
      isHeld = held;
    },
    runWith: (name, running) => runWith(world, find(name), running),
    async close() {
      timers.close();
      await server.close();
    },
  };
}

function addService(world: EcsWorld, region: string, seed: EcsSeed): void {
  const { account = OWN_ACCOUNT, cluster, service: name, desired = 3, hasShortArn = false } = seed;
  const path = hasShortArn ? name : `${cluster}/${name}`;
  const createdAt = Date.now() - 3_600_000;
  const service: StoredService = {
    name,
    arn: `arn:aws:ecs:${region}:${account}:service/${path}`,
    account,
    cluster,
    createdAt,
    controller: seed.controller ?? 'ECS',
    breaker: seed.breaker ?? { enable: false, rollback: false },
    containers: seed.containers ?? [],
    status: 'ACTIVE',
    desired,
    deployments: [],
    tasks: [],
    events: [],
    tags: new Map(),
  };
  world.services.push(service);
  service.deployments = [
    {
      id: `ecs-svc/${String(world.random.int(10 ** 15)).padStart(16, '1')}`,
      status: 'PRIMARY',
      createdAt,
      updatedAt: createdAt,
      rolloutState: 'COMPLETED',
      rolloutStateReason: 'ECS deployment completed.',
      failedTasks: 0,
    },
  ];
  service.tasks = Array.from({ length: desired }, () => oldTask(world, service));
}

function oldTask(world: EcsWorld, service: StoredService, runsWith = world.reads(service)) {
  const task = newTask(world, service, service.deployments.at(-1)?.id ?? '');
  return {
    ...task,
    createdAt: service.createdAt,
    lastStatus: 'RUNNING',
    ...(runsWith && { runsWith }),
  } as const;
}

function runWith(world: EcsWorld, service: StoredService, running: readonly Fingerprint[]): void {
  const now = world.reads(service);
  const isNew = (one: Fingerprint): boolean => one === now && service.deployments.length > 1;
  service.tasks = running.map((runsWith) =>
    isNew(runsWith)
      ? { ...newTask(world, service, primaryOf(service).id), lastStatus: 'RUNNING', runsWith }
      : oldTask(world, service, runsWith),
  );
  if (service.deployments.length > 1 && running.every(isNew)) complete(world, service);
}
