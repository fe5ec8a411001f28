import { mkdtemp, rm } from 'node:fs/promises';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEcs, type Ecs } from '../../src/sandbox/ecs/index.js';
import { startLambda, type Lambda } from '../../src/sandbox/lambda/index.js';
import { startSecretsManager, type SecretsManager } from '../../src/sandbox/secrets-manager/index.js';
import { startSsm, type Ssm } from '../../src/sandbox/ssm/index.js';
import { startSts, type Sts } from '../../src/sandbox/sts/index.js';
import { createStore } from '../../src/stores/index.js';
import type { Store } from '../../src/stores/store.js';
import type { AwsFields, AwsTargetDeps } from '../../src/targets/aws/fields.js';
import { createTarget } from '../../src/targets/index.js';
import type { Target } from '../../src/targets/target.js';
import { newToken } from '../contracts/target.contract.js';
import { AwsSurroundings, REGION, SECRET_NAME } from './aws-surroundings.js';
import { CLUSTER, CONTAINER } from './ecs-world.js';
import { VARIABLES } from './lambda-world.js';

export const ELSEWHERE = '444455556666';
export const ROLE = `arn:aws:iam::${ELSEWHERE}:role/apm/rotor-deploy`;

type Services = {
  readonly ecs: Ecs;
  readonly lambda: Lambda;
  readonly ssm: Ssm;
  readonly secrets: SecretsManager;
  readonly sts: Sts;
};
type Role = Pick<AwsFields, 'credentials'>;

/** Services of AWS that share the keys which STS gives out; that of ECS is in another account than Rotor. */
export class RolesWorld {
  #agent: Agent;

  private constructor(
    readonly surroundings: AwsSurroundings,
    readonly services: Services,
    readonly folder: string,
  ) {
    this.#agent = new Agent({ ca: surroundings.authority.caPem });
  }

  static async open(): Promise<RolesWorld> {
    const surroundings = await AwsSurroundings.open();
    const { service } = surroundings;
    const folder = await mkdtemp(join(tmpdir(), 'rotor-roles-'));
    const services = {
      ecs: await startEcs({ ...service, stepMs: 2 }),
      lambda: await startLambda({ ...service, changeMs: 2 }),
      ssm: await startSsm({ ...service, folder, secondMs: 1 }),
      secrets: await startSecretsManager(service),
      sts: await startSts(service),
    };
    services.ecs.seed({
      account: ELSEWHERE,
      cluster: CLUSTER,
      service: 'checkout',
      containers: [CONTAINER],
    });
    services.lambda.seed({ name: 'checkout', variables: VARIABLES });
    await services.ssm.seed({ tags: { role: 'checkout' } });
    services.secrets.seed(SECRET_NAME, { text: newToken().reveal() }, { region: REGION });
    return new RolesWorld(surroundings, services, folder);
  }

  /** Keys that were given out are shared within a process. */
  restartRotor(): void {
    this.#agent.destroy();
    this.#agent = new Agent({ ca: this.surroundings.authority.caPem });
  }

  role(over: Partial<NonNullable<AwsFields['credentials']>> = {}): Role {
    return { credentials: { roleArn: ROLE, stsEndpoint: this.services.sts.url, ...over } };
  }

  store(role: Role): Store {
    const endpoint = this.services.secrets.url;
    return createStore(
      { type: 'aws-secrets-manager', secretId: SECRET_NAME, region: REGION, endpoint, ...role },
      { agent: this.#agent },
    );
  }

  ecs(role: Role, cluster = CLUSTER): Target {
    return this.surroundings.delivering(
      createTarget(
        {
          type: 'ecs',
          name: 'tasks',
          cluster,
          services: ['checkout'],
          endpoint: this.services.ecs.url,
          readyTimeoutMs: 60_000,
          ...role,
        },
        this.#deps,
      ),
    );
  }

  lambda(role: Role): Target {
    return createTarget(
      {
        type: 'lambda',
        name: 'jobs',
        functions: ['checkout'],
        endpoint: this.services.lambda.url,
        readyTimeoutMs: 60_000,
        ...role,
      },
      this.#deps,
    );
  }

  ssm(role: Role): Target {
    return createTarget(
      {
        type: 'ssm-run-command',
        name: 'hosts',
        targets: { 'tag:role': ['checkout'] },
        document: 'AWS-RunShellScript',
        commands: ['true'],
        checkEveryMs: 0,
        commandTimeoutMs: 30_000_000,
        maxConcurrency: '50',
        maxErrors: '0',
        endpoint: this.services.ssm.url,
        readyTimeoutMs: 60_000,
        ...role,
      },
      this.#deps,
    );
  }

  /** Requests to STS. */
  get asked(): number {
    return this.surroundings.ledger.of('sts.request').length;
  }

  get #deps(): AwsTargetDeps {
    return this.surroundings.deps({ agentFor: () => this.#agent });
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.services).map(async (one) => one.close()));
    this.#agent.destroy();
    this.surroundings.close();
    await rm(this.folder, { recursive: true });
  }
}
