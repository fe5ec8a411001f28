import type { Fingerprint } from '../../rotation/secret.js';
import { AwsFailure } from '../aws/failure.js';
import { within } from '../aws/quotas.js';
import { startAwsService, type AwsService, type AwsServiceOptions, type Protocol } from '../aws/service.js';
import { createRandom, uuid, type Random } from '../random.js';
import { createTimers } from '../timers.js';
import type { StoredFunction, StoredVersion } from './model.js';
import { operations, type LambdaWorld } from './operations.js';
import { lambdaQuotas } from './quotas.js';

export type LambdaOptions = AwsServiceOptions & {
  readonly random?: Random;
  readonly region: string;
  /** Milliseconds that AWS takes for one change. Default: 10. */
  readonly changeMs?: number;
  /** Functions in one answer of ListFunctions. Default: 50, as AWS has it. */
  readonly pageSize?: number;
  /** Refuses what goes beyond the quotas of AWS. Default: nothing is counted, so that tests need not wait. */
  readonly hasQuotas?: boolean;
  readonly reads: () => Fingerprint | undefined;
};

export type LambdaSeed = {
  readonly name: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly timeout?: number;
  /** Points to a version of its own, published at once. */
  readonly alias?: string;
  readonly isProvisioned?: boolean;
};

export type Lambda = AwsService & {
  seed(seed: LambdaSeed): void;
  /** As it is, to look at and to change past the API. */
  function(name: string): StoredFunction;
  /** No change is done until it is set free. */
  hold(isHeld: boolean): void;
  /** Updates fail from now on with this reason, or succeed again. */
  failUpdates(reason: string | undefined): void;
  /** Somebody else changes the function. */
  touch(name: string, over: Partial<StoredVersion>): void;
};

/** Method, path and name of each operation: https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html */
const ROUTES: readonly (readonly [method: string, path: RegExp, operation: string])[] = [
  ['GET', /^\/2015-03-31\/functions\/?$/, 'ListFunctions'],
  ['GET', /^\/2015-03-31\/functions\/([^/]+)$/, 'GetFunction'],
  ['GET', /^\/2015-03-31\/functions\/([^/]+)\/configuration$/, 'GetFunctionConfiguration'],
  ['PUT', /^\/2015-03-31\/functions\/([^/]+)\/configuration$/, 'UpdateFunctionConfiguration'],
  ['POST', /^\/2015-03-31\/functions\/([^/]+)\/versions$/, 'PublishVersion'],
  ['GET', /^\/2015-03-31\/functions\/([^/]+)\/aliases$/, 'ListAliases'],
  ['GET', /^\/2015-03-31\/functions\/([^/]+)\/aliases\/([^/]+)$/, 'GetAlias'],
  ['PUT', /^\/2015-03-31\/functions\/([^/]+)\/aliases\/([^/]+)$/, 'UpdateAlias'],
  ['GET', /^\/2019-09-30\/functions\/([^/]+)\/provisioned-concurrency$/, 'GetProvisionedConcurrencyConfig'],
];

/** AWS Lambda's control plane as its API reference tells it; nothing is invoked. */
export async function startLambda(options: LambdaOptions): Promise<Lambda> {
  const { region, reads, changeMs = 10, pageSize = 50 } = options;
  const timers = createTimers();
  const random = options.random ?? createRandom(1);
  const state: { isHeld: boolean; reason: string | undefined } = { isHeld: false, reason: undefined };
  const world: LambdaWorld = {
    functions: new Map(),
    random,
    timers,
    changeMs,
    pageSize,
    reads,
    failsWith: () => state.reason,
    isHeld: () => state.isHeld,
  };
  const protocol = protocolOf(world);
  const server = await startAwsService(
    options.hasQuotas === true ? within(lambdaQuotas(), protocol) : protocol,
    options,
  );
  const find = (name: string): StoredFunction => {
    const found = world.functions.get(name);
    if (!found) throw new Error(`the sandbox has no function ${name}`);
    return found;
  };
  return {
    ...server,
    seed: (seed) => void world.functions.set(seed.name, functionOf(random, region, seed)),
    function: find,
    hold: (isHeld) => {
      state.isHeld = isHeld;
    },
    failUpdates: (reason) => {
      state.reason = reason;
    },
    touch: (name, over) => void Object.assign(find(name).latest, { ...over, revisionId: uuid(random) }),
    async close() {
      timers.close();
      await server.close();
    },
  };
}

function protocolOf(world: LambdaWorld): Protocol {
  return {
    service: 'lambda',
    contentType: 'application/json',
    route(request, body) {
      const { pathname, searchParams: query } = new URL(request.url ?? '/', 'https://sandbox');
      for (const [method, path, operation] of ROUTES) {
        const [, name = '', part = ''] = (request.method === method && path.exec(pathname)) || [''];
        const handler = operations[operation];
        if (request.method !== method || !path.test(pathname) || !handler) continue;
        const asked = { name: decodeURIComponent(name), part: decodeURIComponent(part), query, body };
        return { operation, run: () => handler(world, asked) };
      }
      throw new AwsFailure('UnknownOperationException', `The sandbox does not know ${pathname}.`, 404);
    },
  };
}

function functionOf(random: Random, region: string, seed: LambdaSeed): StoredFunction {
  const { name, variables = {}, timeout = 3, alias, isProvisioned = false } = seed;
  const latest: StoredVersion = {
    version: '$LATEST',
    revisionId: uuid(random),
    codeSha256: Buffer.from(random.hex(32)).toString('base64'),
    handler: 'index.handler',
    timeout,
    variables,
    isSealed: false,
    lastModified: Date.now() - 3_600_000,
    state: 'Active',
    lastUpdateStatus: 'Successful',
  };
  const published = alias === undefined ? [] : [{ ...latest, version: '1', revisionId: uuid(random) }];
  const pointing =
    alias === undefined ? [] : [{ name: alias, version: '1', revisionId: uuid(random), weights: {} }];
  return {
    name,
    arn: `arn:aws:lambda:${region}:000000000000:function:${name}`,
    latest,
    published,
    aliases: new Map(pointing.map((one) => [one.name, one])),
    provisioned: new Map(pointing.filter(() => isProvisioned).map((one) => [one.name, { status: 'READY' }])),
  };
}
