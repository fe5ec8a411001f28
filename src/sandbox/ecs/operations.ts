import { z } from 'zod';
import { parsed } from '../aws/input.js';
import { AwsFailure } from '../aws/failure.js';
import { primaryOf, type StoredDeployment, type StoredService, type StoredTask } from './model.js';
import { startDeployment, type RolloutWorld } from './rollout.js';

export type EcsWorld = RolloutWorld & {
  /** By cluster. */
  readonly services: Map<string, StoredService[]>;
};

const cluster = z.string().default('default');
const tag = z.object({
  key: z
    .string()
    .min(1)
    .max(128)
    .regex(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u),
  value: z
    .string()
    .max(256)
    .regex(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u)
    .default(''),
});

const inputs = {
  DescribeServices: z.object({
    cluster,
    services: z.array(z.string()).min(1).max(10),
    include: z.array(z.enum(['TAGS'])).default([]),
  }),
  UpdateService: z.object({
    cluster,
    service: z.string(),
    forceNewDeployment: z.boolean().default(false),
    desiredCount: z.int().min(0).optional(),
  }),
  DescribeTaskDefinition: z.object({ taskDefinition: z.string() }),
  ListTasks: z.object({
    cluster,
    serviceName: z.string().optional(),
    maxResults: z.int().min(1).max(100).default(100),
    nextToken: z.string().optional(),
  }),
  DescribeTasks: z.object({ cluster, tasks: z.array(z.string()).min(1).max(100) }),
  TagResource: z.object({ resourceArn: z.string(), tags: z.array(tag).max(50) }),
  ListTagsForResource: z.object({ resourceArn: z.string() }),
};

/** The rules are those of https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ */
export function operationsOf(world: EcsWorld): Record<string, (body: unknown) => unknown> {
  return {
    DescribeServices: (body) => {
      const input = parsed(inputs.DescribeServices, body);
      const known = servicesIn(world, input.cluster);
      const found = input.services.map((name) => [name, known.find((one) => isNamed(one, name))] as const);
      return {
        services: found.flatMap(([, one]) => (one ? [viewOf(one, input.include.includes('TAGS'))] : [])),
        // A name that is not there is no error: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html
        failures: found.flatMap(([arn, one]) => (one ? [] : [{ arn, reason: 'MISSING' }])),
      };
    },

    UpdateService: (body) => {
      const input = parsed(inputs.UpdateService, body);
      const service = servicesIn(world, input.cluster).find((one) => isNamed(one, input.service));
      if (!service) throw new AwsFailure('ServiceNotFoundException', 'Service not found.');
      if (service.status !== 'ACTIVE')
        throw new AwsFailure('ServiceNotActiveException', 'Service was not ACTIVE.');
      if (service.controller !== 'ECS' && input.forceNewDeployment) {
        throw new AwsFailure(
          'InvalidParameterException',
          `Cannot force a new deployment on services with a ${service.controller} deployment controller.`,
        );
      }
      service.desired = input.desiredCount ?? service.desired;
      if (input.forceNewDeployment) startDeployment(world, service);
      return { service: viewOf(service, false) };
    },

    DescribeTaskDefinition: (body) => {
      const { taskDefinition } = parsed(inputs.DescribeTaskDefinition, body);
      const all = [...world.services.values()].flat();
      const service = all.find((one) => taskDefinitionOf(one) === taskDefinition);
      if (!service) throw new AwsFailure('ClientException', 'Unable to describe task definition.');
      return {
        taskDefinition: {
          taskDefinitionArn: taskDefinition,
          family: service.name,
          revision: 1,
          status: 'ACTIVE',
          containerDefinitions: service.containers,
        },
      };
    },

    ListTasks: (body) => {
      const input = parsed(inputs.ListTasks, body);
      const services = servicesIn(world, input.cluster);
      const chosen = services.filter((one) => !input.serviceName || isNamed(one, input.serviceName));
      if (input.serviceName && chosen.length === 0)
        throw new AwsFailure('ServiceNotFoundException', 'Service not found.');
      const arns = chosen.flatMap(({ tasks }) => tasks.map(({ arn }) => arn));
      const from = Number(input.nextToken ?? 0);
      const to = from + input.maxResults;
      return { taskArns: arns.slice(from, to), ...(to < arns.length && { nextToken: String(to) }) };
    },

    DescribeTasks: (body) => {
      const input = parsed(inputs.DescribeTasks, body);
      const services = servicesIn(world, input.cluster);
      const wanted = new Set(input.tasks);
      const tasks = services.flatMap((service) =>
        service.tasks.filter(({ arn }) => wanted.has(arn)).map((task) => taskView(service, task)),
      );
      return { tasks, failures: [] };
    },

    TagResource: (body) => {
      const { resourceArn, tags } = parsed(inputs.TagResource, body);
      const service = taggable(world, resourceArn);
      for (const { key, value } of tags) service.tags.set(key, value);
      return {};
    },

    ListTagsForResource: (body) => {
      const { resourceArn } = parsed(inputs.ListTagsForResource, body);
      return { tags: tagsOf(taggable(world, resourceArn)) };
    },
  };
}

function servicesIn(world: EcsWorld, nameOrArn: string): StoredService[] {
  const found = world.services.get(nameOrArn.replace(/^arn:.*:cluster\//, ''));
  if (!found) throw new AwsFailure('ClusterNotFoundException', 'Cluster not found.');
  return found;
}

function isNamed({ name, arn }: StoredService, nameOrArn: string): boolean {
  return nameOrArn === name || nameOrArn === arn;
}

function taggable({ services }: EcsWorld, arn: string): StoredService {
  const service = [...services.values()].flat().find((one) => one.arn === arn);
  if (!service) throw new AwsFailure('ResourceNotFoundException', 'The specified resource was not found.');
  if (!/:service\/[^/]+\/[^/]+$/.test(arn)) {
    throw new AwsFailure('InvalidParameterException', 'Long arn format must be used for tagging operations');
  }
  return service;
}

function taskDefinitionOf({ arn, name }: StoredService): string {
  return arn.replace(/:service\/.*$/, `:task-definition/${name}:1`);
}

function viewOf(service: StoredService, withTags: boolean) {
  const running = service.tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING').length;
  return {
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.arn.replace(/:service\/.*$/, `:cluster/${service.cluster}`),
    status: service.status,
    desiredCount: service.desired,
    runningCount: running,
    pendingCount: service.tasks.length - running,
    launchType: 'FARGATE',
    taskDefinition: taskDefinitionOf(service),
    deploymentController: { type: service.controller },
    deploymentConfiguration: {
      deploymentCircuitBreaker: service.breaker,
      maximumPercent: 200,
      minimumHealthyPercent: 100,
    },
    deployments: service.deployments.map((one) => deploymentView(service, one)),
    events: service.events.slice(0, 100).map((one) => ({ ...one, createdAt: seconds(one.createdAt) })),
    schedulingStrategy: 'REPLICA',
    createdAt: seconds(service.createdAt),
    ...(withTags && { tags: tagsOf(service) }),
  };
}

function deploymentView(service: StoredService, deployment: StoredDeployment) {
  const own = service.tasks.filter(({ startedBy }) => startedBy === deployment.id);
  const runningCount = own.filter(({ lastStatus }) => lastStatus === 'RUNNING').length;
  const isPrimary = deployment === primaryOf(service);
  return {
    ...deployment,
    createdAt: seconds(deployment.createdAt),
    updatedAt: seconds(deployment.updatedAt),
    taskDefinition: taskDefinitionOf(service),
    desiredCount: isPrimary ? service.desired : 0,
    runningCount,
    pendingCount: own.length - runningCount,
    launchType: 'FARGATE',
  };
}

function taskView(service: StoredService, { arn, startedBy, createdAt, lastStatus }: StoredTask) {
  return {
    taskArn: arn,
    startedBy,
    group: `service:${service.name}`,
    lastStatus,
    desiredStatus: 'RUNNING',
    createdAt: seconds(createdAt),
    taskDefinitionArn: taskDefinitionOf(service),
  };
}

function tagsOf({ tags }: StoredService) {
  return [...tags].map(([key, value]) => ({ key, value }));
}

function seconds(ms: number): number {
  return ms / 1000;
}
