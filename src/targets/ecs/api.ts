import type { ECSClient, Service, Task, TaskDefinition } from '@aws-sdk/client-ecs';
import { Calls } from '../../aws/calls.js';
import type { AwsService } from '../../aws/clients.js';
import { callsOf, type AwsTargetDeps } from '../aws/fields.js';
import type { EcsTargetConfig } from './config.js';

type Opened = {
  readonly sdk: typeof import('@aws-sdk/client-ecs');
  /** For what may be sent again. */
  readonly client: ECSClient;
  /** A deployment that was started twice restarts every task twice. */
  readonly once: ECSClient;
};

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html */
const SERVICES_AT_ONCE = 10;
/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html, as many as ListTasks gives a page. */
const TASKS_AT_ONCE = 100;

const ECS: AwsService = { name: 'Amazon ECS', iam: 'ecs', variable: 'AWS_ENDPOINT_URL_ECS' };

/** The calls that the target makes. */
export class EcsApi {
  readonly #calls: Calls<Opened>;
  readonly #cluster: string;

  constructor(config: EcsTargetConfig, deps: AwsTargetDeps) {
    this.#cluster = config.cluster;
    this.#calls = new Calls<Opened>({
      ...callsOf(ECS, config, deps),
      open: async (settings) => {
        const sdk = await import('@aws-sdk/client-ecs');
        const made = (maxAttempts: number) => new sdk.ECSClient({ ...settings, maxAttempts });
        return { sdk, client: made(3), once: made(1) };
      },
    });
  }

  /** With their tags; one that is not there is left out. `cluster_missing`: there is no such cluster. */
  async services(
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly Service[] | 'cluster_missing'> {
    const found: Service[] = [];
    for (let from = 0; from < names.length; from += SERVICES_AT_ONCE) {
      const services = names.slice(from, from + SERVICES_AT_ONCE);
      const reply = await this.#calls.send(
        'DescribeServices',
        ({ sdk, client }, stop) =>
          client.send(
            new sdk.DescribeServicesCommand({ cluster: this.#cluster, services, include: ['TAGS'] }),
            stop,
          ),
        signal,
        { ClusterNotFoundException: 'cluster_missing' } as const,
      );
      if (reply === 'cluster_missing') return reply;
      found.push(...(reply.services ?? []));
    }
    return found;
  }

  async taskDefinition(name: string, signal: AbortSignal): Promise<TaskDefinition | undefined> {
    const reply = await this.#calls.send(
      'DescribeTaskDefinition',
      ({ sdk, client }, stop) =>
        client.send(new sdk.DescribeTaskDefinitionCommand({ taskDefinition: name }), stop),
      signal,
    );
    return reply.taskDefinition;
  }

  /** Those that shall run, whether they do yet or not. */
  async tasks(serviceName: string, signal: AbortSignal): Promise<readonly Task[]> {
    const found: Task[] = [];
    let nextToken: string | undefined;
    do {
      const input = {
        cluster: this.#cluster,
        serviceName,
        maxResults: TASKS_AT_ONCE,
        ...(nextToken !== undefined && { nextToken }),
      };
      const page = await this.#calls.send(
        'ListTasks',
        ({ sdk, client }, stop) => client.send(new sdk.ListTasksCommand(input), stop),
        signal,
      );
      const tasks = page.taskArns ?? [];
      if (tasks.length > 0) {
        const reply = await this.#calls.send(
          'DescribeTasks',
          ({ sdk, client }, stop) =>
            client.send(new sdk.DescribeTasksCommand({ cluster: this.#cluster, tasks }), stop),
          signal,
        );
        found.push(...(reply.tasks ?? []));
      }
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return found;
  }

  /** The service as it is then, with the deployment that was started. */
  async startDeployment(service: string, signal: AbortSignal): Promise<Service> {
    const reply = await this.#calls.send(
      'UpdateService',
      ({ sdk, once }, stop) =>
        once.send(
          new sdk.UpdateServiceCommand({ cluster: this.#cluster, service, forceNewDeployment: true }),
          stop,
        ),
      signal,
    );
    return reply.service ?? {};
  }

  async tag(resourceArn: string, tags: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void> {
    const list = Object.entries(tags).map(([key, value]) => ({ key, value }));
    await this.#calls.send(
      'TagResource',
      ({ sdk, client }, stop) => client.send(new sdk.TagResourceCommand({ resourceArn, tags: list }), stop),
      signal,
    );
  }
}
