import { AwsFailure } from '../../src/sandbox/aws/failure.js';
import {
  startLambda,
  type Lambda,
  type LambdaOptions,
  type LambdaSeed,
} from '../../src/sandbox/lambda/index.js';
import type { StoredVersion } from '../../src/sandbox/lambda/model.js';
import type { AwsTargetDeps } from '../../src/targets/aws/fields.js';
import { createTarget } from '../../src/targets/index.js';
import type { LambdaTargetConfig } from '../../src/targets/lambda/config.js';
import type { Target } from '../../src/targets/target.js';
import type { TargetHarness } from '../contracts/target.contract.js';
import { AwsSurroundings, SECRET_ARN } from './aws-surroundings.js';

export const NAMES = ['checkout-api', 'checkout-jobs', 'checkout-mail'] as const;
export const MARK = 'ROTOR_TOKEN_FINGERPRINT';

export const VARIABLES = {
  ELASTIC_APM_LAMBDA_APM_SERVER: 'https://apm.example.test',
  ELASTIC_APM_SECRETS_MANAGER_SECRET_TOKEN_ID: SECRET_ARN,
  STAGE: 'prod',
};

/** Functions of AWS Lambda whose extension reads the secret. */
export class LambdaWorld {
  private constructor(
    readonly surroundings: AwsSurroundings,
    readonly lambda: Lambda,
  ) {}

  static async open(
    seeds: readonly LambdaSeed[] = NAMES.map((name) => ({ name })),
    options: Partial<LambdaOptions> = {},
  ): Promise<LambdaWorld> {
    const surroundings = await AwsSurroundings.open();
    const lambda = await startLambda({ ...surroundings.service, changeMs: 2, pageSize: 2, ...options });
    const world = new LambdaWorld(surroundings, lambda);
    for (const seed of seeds) world.lambda.seed({ variables: VARIABLES, ...seed });
    return world;
  }

  target(over: Partial<LambdaTargetConfig> = {}, deps: Partial<AwsTargetDeps> = {}): Target {
    const config: LambdaTargetConfig = {
      type: 'lambda',
      name: 'functions',
      functions: ['checkout-*'],
      endpoint: this.lambda.url,
      readyTimeoutMs: 60_000,
      ...over,
    };
    return this.surroundings.delivering(createTarget(config, this.surroundings.deps(deps)));
  }

  /** $LATEST, as AWS has it. */
  latest(name: string = NAMES[0]): StoredVersion {
    return this.lambda.function(name).latest;
  }

  /** How many requests of this kind AWS has carried out. */
  done(operation: string): number {
    return this.surroundings.requests(operation).filter(({ status }) => status >= 200 && status < 300).length;
  }

  async close(): Promise<void> {
    await this.lambda.close();
    this.surroundings.close();
  }
}

export const failing = (): AwsFailure => new AwsFailure('ServiceException', 'x', 500);
/** As often as the SDK asks. */
export const EACH_TRY = 3;

export async function lambdaHarness(): Promise<TargetHarness> {
  const world = await LambdaWorld.open();
  const { lambda, surroundings } = world;
  const { faults } = lambda;
  return {
    target: world.target(),
    instances: NAMES.length,
    observable: true,
    held: async () => surroundings.current?.reveal(),
    // What AWS does by itself is no work of the call.
    world: async () => ({
      variables: NAMES.map((name) => lambda.function(name).latest.variables),
      updates: world.done('UpdateFunctionConfiguration'),
    }),
    runWith: async (running) => {
      lambda.hold(true);
      for (const [index, name] of NAMES.entries()) {
        const fingerprint = running[index] ?? '';
        const variables = { ...VARIABLES, [MARK]: fingerprint };
        lambda.touch(name, { variables, lastUpdateStatus: 'Successful' });
      }
    },
    makeImpossible: async () => lambda.touch(NAMES[1], { state: 'Failed' }),
    breakDelivery: async () =>
      void faults.inject('UpdateFunctionConfiguration', { effect: 'error', failure: failing() }, EACH_TRY),
    repair: async () => faults.clear(),
    hang: async (method) => {
      const operation = method === 'deliver' ? 'UpdateFunctionConfiguration' : 'GetFunctionConfiguration';
      faults.inject(operation, { effect: 'silence' });
      const before = surroundings.requests(operation).length;
      return { waiting: async () => surroundings.heard(operation, before) };
    },
    close: async () => world.close(),
  };
}
