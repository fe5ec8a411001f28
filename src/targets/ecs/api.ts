import type { ECSClient, Service, Task, TaskDefinition } from '@aws-sdk/client-ecs';
import { Calls, type CallsOptions } from '../../aws/calls.js';
import type { AwsService } from '../../aws/clients.js';
import { PerPlace } from '../../aws/per-place.js';
import { each } from '../aws/each.js';
import { awsFault, commonFault, isDenied, ownFault } from '../aws/faults.js';
import { callsOf, type AwsTargetDeps } from '../aws/fields.js';
import { Gathering } from '../gathering.js';
import type { EcsTargetConfig } from './config.js';
import { Settled } from './settled.js';

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

/** Fewer services are asked for their tasks one by one. */
const FEW = 20;

const ECS: AwsService = { name: 'Amazon ECS', iam: 'ecs', variable: 'AWS_ENDPOINT_URL_ECS' };

type Services = readonly Service[] | 'cluster_missing';

/** What a process reads of one cluster, as one role sees it. */
type Shared = {
  readonly services: Gathering<readonly string[], Services>;
  readonly tasks: Gathering<string, ReadonlyMap<string, readonly Task[]>>;
  readonly settled: Settled;
};

const shared = new PerPlace<Shared>(() => ({
  services: new Gathering(),
  tasks: new Gathering(),
  settled: new Settled(),
}));

/**
 * Milliseconds between two calls of one kind, which AWS counts together: it allows an account 20, 10 and 5 of them a
 * second (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html), and others need some.
 */
const EVERY_MS = { 'Task definition read': 75, 'Tag modify': 125, 'Service modify': 250 } as const;

type Kind = keyof typeof EVERY_MS;

/**
 * The calls that the target makes. Of what looks read AWS allows 20 a second, and 100 at once: targets that are looked
 * at together read together.
 */
export class EcsApi {
  readonly #calls: Readonly<Record<Kind, Calls<Opened>>>;
  /** Of what is read for several targets. */
  readonly #common: Calls<Opened>;
  readonly #cluster: string;
  readonly #fault: ReturnType<typeof awsFault>;
  readonly #shared: Shared;

  constructor(config: EcsTargetConfig, deps: AwsTargetDeps) {
    this.#cluster = config.cluster;
    const options: CallsOptions<Opened> = {
      ...callsOf(ECS, config, deps),
      open: async (settings) => {
        const sdk = await import('@aws-sdk/client-ecs');
        const made = (maxAttempts: number) => new sdk.ECSClient({ ...settings, maxAttempts });
        return { sdk, client: made(3), once: made(1) };
      },
    };
    const paced = (quota: Kind): Calls<Opened> =>
      new Calls({ ...options, quota, everyMs: deps.everyMs ?? EVERY_MS[quota] });
    this.#calls = {
      'Task definition read': paced('Task definition read'),
      'Tag modify': paced('Tag modify'),
      'Service modify': paced('Service modify'),
    };
    this.#common = new Calls({ ...options, fault: commonFault });
    this.#fault = awsFault(config.name, ECS);
    this.#shared = shared.of(options, [config.cluster]);
  }

  get settled(): Settled {
    return this.#shared.settled;
  }

  /**
   * With their tags, those of others among them; one that is not there is left out. `cluster_missing`: there is no such
   * cluster.
   */
  async services(names: readonly string[], signal: AbortSignal): Promise<Services> {
    let isAlone = false;
    const read = async (all: readonly (readonly string[])[], stop: AbortSignal): Promise<Services> => {
      isAlone = all.length === 1;
      return this.#described([...new Set(all.flat())], stop);
    };
    try {
      return await this.#shared.services.read(names, read, signal).catch(async (error: unknown) => {
        // What AWS refuses may be somebody else's service: one that is denied, or that is of another cluster.
        const isPassing = ownFault(this.#fault, error, 'DescribeServices').retryable;
        if (isPassing || isAlone) throw error;
        return this.#described(names, signal);
      });
    } catch (error) {
      throw ownFault(this.#fault, error, 'DescribeServices');
    }
  }

  async #described(names: readonly string[], signal: AbortSignal): Promise<Services> {
    const found: Service[] = [];
    for (let from = 0; from < names.length; from += SERVICES_AT_ONCE) {
      const services = names.slice(from, from + SERVICES_AT_ONCE);
      const reply = await this.#common.send(
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
    // One may be named in two ways, by two targets.
    return [...new Map(found.map((one) => [one.serviceArn, one])).values()];
  }

  async taskDefinition(name: string, signal: AbortSignal): Promise<TaskDefinition | undefined> {
    const reply = await this.#calls['Task definition read'].send(
      'DescribeTaskDefinition',
      ({ sdk, client }, stop) =>
        client.send(new sdk.DescribeTaskDefinitionCommand({ taskDefinition: name }), stop),
      signal,
    );
    return reply.taskDefinition;
  }

  /** Those that shall run, whether they do yet or not. */
  async tasks(serviceName: string, signal: AbortSignal): Promise<readonly Task[]> {
    const read = async (all: readonly string[], stop: AbortSignal) => this.#tasksOf([...new Set(all)], stop);
    try {
      const found = await this.#shared.tasks.read(serviceName, read, signal);
      return found.get(groupOf(serviceName)) ?? [];
    } catch (error) {
      throw ownFault(this.#fault, error, 'ListTasks');
    }
  }

  /** Of many services at once by the tasks of their cluster, unless those take more calls. */
  async #tasksOf(
    services: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, readonly Task[]>> {
    const ofCluster =
      services.length > FEW
        ? await this.#listed(undefined, services.length, signal).catch((error: unknown) => {
            if (!isDenied(error)) throw error;
          })
        : undefined;
    if (ofCluster) return Map.groupBy(ofCluster, ({ group = '' }) => group);
    const found = await each(
      services,
      async (name) => [groupOf(name), await this.#listed(name, Infinity, signal)] as const,
    );
    return new Map(found.map(([name, tasks]) => [name, tasks ?? []]));
  }

  /** undefined: they are more than so many pages. */
  async #listed(
    serviceName: string | undefined,
    mostPages: number,
    signal: AbortSignal,
  ): Promise<readonly Task[] | undefined> {
    const found: Task[] = [];
    let nextToken: string | undefined;
    let pages = 0;
    do {
      if (pages === mostPages) return undefined;
      const input = {
        cluster: this.#cluster,
        maxResults: TASKS_AT_ONCE,
        ...(serviceName !== undefined && { serviceName }),
        ...(nextToken !== undefined && { nextToken }),
      };
      const page = await this.#common.send(
        'ListTasks',
        ({ sdk, client }, stop) => client.send(new sdk.ListTasksCommand(input), stop),
        signal,
      );
      const tasks = page.taskArns ?? [];
      if (tasks.length > 0) {
        const reply = await this.#common.send(
          'DescribeTasks',
          ({ sdk, client }, stop) =>
            client.send(new sdk.DescribeTasksCommand({ cluster: this.#cluster, tasks }), stop),
          signal,
        );
        found.push(...(reply.tasks ?? []));
      }
      nextToken = page.nextToken;
      pages += 1;
    } while (nextToken !== undefined);
    return found;
  }

  /** The service as it is then, with the deployment that was started. */
  async startDeployment(service: string, signal: AbortSignal): Promise<Service> {
    const reply = await this.#calls['Service modify'].send(
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
    await this.#calls['Tag modify'].send(
      'TagResource',
      ({ sdk, client }, stop) => client.send(new sdk.TagResourceCommand({ resourceArn, tags: list }), stop),
      signal,
    );
  }
}

/** A task of a service; others may be in a group of any other name. */
function groupOf(serviceName: string): string {
  return `service:${serviceName}`;
}
