import type { Ecs, EcsOptions } from '../../src/sandbox/ecs/index.js';
import { startEcs } from '../../src/sandbox/ecs/index.js';
import { throttling } from '../../src/sandbox/aws/failure.js';
import type { Container } from '../../src/sandbox/ecs/model.js';
import type { AwsTargetDeps } from '../../src/targets/aws/fields.js';
import type { EcsTargetConfig } from '../../src/targets/ecs/config.js';
import { createTarget } from '../../src/targets/index.js';
import type { Target } from '../../src/targets/target.js';
import type { TargetHarness } from '../contracts/target.contract.js';
import { AwsSurroundings, SECRET_ARN } from './aws-surroundings.js';

export const TASKS = 3;
export const CLUSTER = 'prod';
export const CONTAINER: Container = {
  name: 'app',
  environment: [{ name: 'ELASTIC_APM_SERVER_URL', value: 'https://apm.example.test' }],
  secrets: [{ name: 'ELASTIC_APM_SECRET_TOKEN', valueFrom: SECRET_ARN }],
};

/** A cluster of Amazon ECS, and a service in it whose tasks read the secret. */
export class EcsWorld {
  private constructor(
    readonly surroundings: AwsSurroundings,
    readonly ecs: Ecs,
  ) {}

  static async open(options: Partial<EcsOptions> = {}): Promise<EcsWorld> {
    const surroundings = await AwsSurroundings.open();
    const ecs = await startEcs({ ...surroundings.service, stepMs: 2, ...options });
    const world = new EcsWorld(surroundings, ecs);
    world.ecs.seed({ cluster: CLUSTER, service: 'checkout', desired: TASKS, containers: [CONTAINER] });
    return world;
  }

  target(over: Partial<EcsTargetConfig> = {}, deps: Partial<AwsTargetDeps> = {}): Target {
    const config: EcsTargetConfig = {
      type: 'ecs',
      name: 'checkout',
      cluster: CLUSTER,
      services: ['checkout'],
      endpoint: this.ecs.url,
      readyTimeoutMs: 60_000,
      ...over,
    };
    return this.surroundings.delivering(createTarget(config, this.surroundings.deps(deps)));
  }

  get service() {
    return this.ecs.service('checkout');
  }

  /** How many deployments were started. */
  get started(): number {
    return this.surroundings.requests('UpdateService').filter(({ status }) => status === 200).length;
  }

  async close(): Promise<void> {
    await this.ecs.close();
    this.surroundings.close();
  }
}

export async function ecsHarness(): Promise<TargetHarness> {
  const world = await EcsWorld.open();
  const { ecs, surroundings } = world;
  return {
    target: world.target(),
    instances: TASKS,
    observable: true,
    held: async () => surroundings.current?.reveal(),
    // What rolls out by itself is no work of the call.
    world: async () => ({
      tags: Object.fromEntries(world.service.tags),
      started: world.started,
      desired: world.service.desired,
    }),
    runWith: async (running) => {
      ecs.hold(true);
      ecs.runWith('checkout', running);
    },
    makeImpossible: async () => void (world.service.status = 'INACTIVE'),
    breakDelivery: async () =>
      void ecs.faults.inject('UpdateService', { effect: 'error', failure: throttling() }),
    repair: async () => ecs.faults.clear(),
    hang: async (method) => {
      const operation = method === 'deliver' ? 'UpdateService' : 'DescribeServices';
      ecs.faults.inject(operation, { effect: 'silence' });
      return { waiting: async () => surroundings.heard(operation) };
    },
    close: async () => world.close(),
  };
}
