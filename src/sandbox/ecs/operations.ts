import { z } from 'zod';
import { parsed } from '../aws/input.js';
import { AwsFailure } from '../aws/failure.js';
import type { Caller } from '../aws/service.js';
import { primaryOf, type StoredDeployment, type StoredService, type StoredTask } from './model.js';
import { startDeployment, type RolloutWorld } from './rollout.js';

export type EcsWorld = RolloutWorld & {
  /** Of every account. */
  readonly services: StoredService[];
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
export function operationsOf(world: EcsWorld): Record<string, (body: unknown, caller: Caller) => unknown> {
  return {
    DescribeServices: (body, caller) => {
      const input = parsed(inputs.DescribeServices, body);
      const known = servicesIn(world, input.cluster, asks(caller, 'DescribeServices'));
      const found = input.services.map((name) => [name, known.find((one) => isNamed(one, name))] as const);
      return {
        services: found.flatMap(([, one]) => (one ? [viewOf(one, input.include.includes('TAGS'))] : [])),
        // A name that is not there is no error: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html
        failures: found.flatMap(([arn, one]) => (one ? [] : [{ arn, reason: 'MISSING' }])),
      };
    },

    UpdateService: (body, caller) => {
      const input = parsed(inputs.UpdateService, body);
      const service = servicesIn(world, input.cluster, asks(caller, 'UpdateService')).find((one) =>
        isNamed(one, input.service),
      );
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

    DescribeTaskDefinition: (body, caller) => {
      const { taskDefinition } = parsed(inputs.DescribeTaskDefinition, body);
      assertOwn(taskDefinition, asks(caller, 'DescribeTaskDefinition'));
      const service = world.services.find((one) => taskDefinitionOf(one) === taskDefinition);
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

    ListTasks: (body, caller) => {
      const input = parsed(inputs.ListTasks, body);
      const services = servicesIn(world, input.cluster, asks(caller, 'ListTasks'));
      const chosen = services.filter((one) => !input.serviceName || isNamed(one, input.serviceName));
      if (input.serviceName && chosen.length === 0)
        throw new AwsFailure('ServiceNotFoundException', 'Service not found.');
      const arns = chosen.flatMap(({ tasks }) => tasks.map(({ arn }) => arn));
      const from = Number(input.nextToken ?? 0);
      const to = from + input.maxResults;
      return { taskArns: arns.slice(from, to), ...(to < arns.length && { nextToken: String(to) }) };
    },

    DescribeTasks: (body, caller) => {
      const input = parsed(inputs.DescribeTasks, body);
      const services = servicesIn(world, input.cluster, asks(caller, 'DescribeTasks'));
      const wanted = new Set(input.tasks);
      const tasks = services.flatMap((service) =>
        service.tasks.filter(({ arn }) => wanted.has(arn)).map((task) => taskView(service, task)),
      );
      return { tasks, failures: [] };
    },

    TagResource: (body, caller) => {
      const { resourceArn, tags } = parsed(inputs.TagResource, body);
      const service = taggable(world, resourceArn, asks(caller, 'TagResource'));
      for (const { key, value } of tags) service.tags.set(key, value);
      return {};
    },

    ListTagsForResource: (body, caller) => {
      const { resourceArn } = parsed(inputs.ListTagsForResource, body);
      return { tags: tagsOf(taggable(world, resourceArn, asks(caller, 'ListTagsForResource'))) };
    },
  };
}

type Asking = Caller & { readonly action: string };

function asks(caller: Caller, operation: string): Asking {
  return { ...caller, action: `ecs:${operation}` };
}

/** A name means the caller's own account. */
function servicesIn({ services }: EcsWorld, nameOrArn: string, asking: Asking): StoredService[] {
  assertOwn(nameOrArn, asking);
  const name = nameOrArn.replace(/^arn:.*:cluster\//, '');
  const found = services.filter((one) => one.account === asking.account && one.cluster === name);
  if (found.length === 0) throw new AwsFailure('ClusterNotFoundException', 'Cluster not found.');
  return found;
}

/**
 * ECS has no resource-based policies, so nobody is let in from another account:
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security_iam_service-with-iam.html
 */
function assertOwn(nameOrArn: string, { account, action, arn }: Asking): void {
  const [, there = account] = /^arn:[^:]+:ecs:[^:]*:(\d{12}):/.exec(nameOrArn) ?? [];
  if (there === account) return;
  throw new AwsFailure(
    'AccessDeniedException',
    `User: ${arn} is not authorized to perform: ${action} on resource: ${nameOrArn} because no resource-based policy allows the ${action} action`,
  );
}

function isNamed({ name, arn }: StoredService, nameOrArn: string): boolean {
  return nameOrArn === name || nameOrArn === arn;
}

function taggable({ services }: EcsWorld, arn: string, asking: Asking): StoredService {
  assertOwn(arn, asking);
  const service = services.find((one) => one.arn === arn);
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
