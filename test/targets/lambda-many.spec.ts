import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Secret } from '../../src/rotation/secret.js';
import { accessDenied } from '../../src/sandbox/aws/failure.js';
import type { Target } from '../../src/targets/target.js';
import { errorOf, newToken } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { LambdaWorld, MARK, VARIABLES } from './lambda-world.js';

const MANY = Array.from({ length: 30 }, (_, index) => `orders-${index}`);
const [FIRST = '', SECOND = ''] = MANY;
const LIST = 'ListFunctions';
const QUICK = 'GetFunction';
const SLOW = 'GetFunctionConfiguration';

let world: LambdaWorld;
let target: Target;
let token: Secret;

const look = async () => target.observe(token.fingerprint, never());
const CONVERGED = { state: 'converged', seen: 30, of: 30 };

/** How many requests of each kind that is asked for something. */
const asked = (): Record<string, number> =>
  Object.fromEntries(
    [LIST, QUICK, SLOW, 'GetAlias']
      .map((operation) => [operation, world.surroundings.requests(operation).length] as const)
      .filter(([, count]) => count > 0),
  );
const during = async (work: () => Promise<unknown>): Promise<Record<string, number>> => {
  const before = asked();
  await work();
  return Object.fromEntries(
    Object.entries(asked())
      .map(([operation, count]) => [operation, count - (before[operation] ?? 0)] as const)
      .filter(([, count]) => count > 0),
  );
};
const marked = (name: string): void => {
  const variables = { ...VARIABLES, [MARK]: token.fingerprint };
  world.lambda.touch(name, { variables, lastUpdateStatus: 'Successful' });
};

describe('a lambda target of many functions', () => {
  beforeEach(async () => {
    world = await LambdaWorld.open(
      MANY.map((name) => ({ name })),
      { pageSize: 20 },
    );
    target = world.target({ functions: MANY });
    token = newToken();
    for (const name of MANY) marked(name);
  });
  afterEach(async () => world.close());

  it('asks for each once, and then for the list alone as long as nothing changes', async () => {
    expect(await during(look)).toEqual({ [LIST]: 2, [QUICK]: 30 });
    expect(await look()).toEqual(CONVERGED);
    expect(await during(look)).toEqual({ [LIST]: 2 });
  });

  it('reads one list for all targets that are looked at together', async () => {
    const targets = MANY.map((name) => world.target({ functions: [name] }));
    const all = async () => Promise.all(targets.map(async (one) => one.observe(token.fingerprint, never())));
    await all();
    expect(await during(all)).toEqual({ [LIST]: 2 });
    marked(FIRST);
    world.lambda.touch(SECOND, { variables: VARIABLES });
    const states = (await all()).map(({ state }) => state);
    expect(states).toEqual(['converged', 'pending', ...MANY.slice(2).map(() => 'converged')]);
  });

  it('asks for a function itself that has changed, of which a list does not tell whether AWS is done', async () => {
    await look();
    world.lambda.touch(FIRST, { lastUpdateStatus: 'InProgress' });
    expect(await look()).toMatchObject({ state: 'pending', seen: 29, detail: /still being updated/ });
    expect(await during(look)).toEqual({ [LIST]: 2, [QUICK]: 1 });
    world.lambda.touch(FIRST, { lastUpdateStatus: 'Failed', lastUpdateStatusReason: 'No role.' });
    expect(await look()).toMatchObject({ state: 'failed', detail: `function ${FIRST}: No role.` });
  });

  it('sees a variable that somebody takes out', async () => {
    await look();
    world.lambda.touch(FIRST, { variables: VARIABLES });
    expect(await look()).toEqual({ state: 'pending', seen: 29, of: 30, other: 1 });
  });

  it('looks at each by itself where the list is denied, and does not ask for it again', async () => {
    world.lambda.faults.inject(LIST, { effect: 'error', failure: accessDenied(`lambda:${LIST}`) }, 9);
    expect(await look()).toEqual(CONVERGED);
    expect(await during(look)).toEqual({ [QUICK]: 30 });
  });

  it('asks at the pace of all other calls where GetFunction is denied, which it asks for once', async () => {
    world.lambda.faults.inject(QUICK, { effect: 'error', failure: accessDenied(`lambda:${QUICK}`) }, 99);
    expect(await during(look)).toEqual({ [LIST]: 2, [QUICK]: 1, [SLOW]: 30 });
    expect(await look()).toEqual(CONVERGED);
    marked(FIRST);
    expect(await during(look)).toEqual({ [LIST]: 2, [SLOW]: 1 });
  });

  it('is checked within seconds where somebody waits for it, and with every alias in a run', async () => {
    const preflight = async (deps: object) => world.target({ functions: MANY }, deps).preflight(never());
    expect(await preflight({})).toEqual([
      expect.stringMatching(
        /^Target functions: whether its functions are invoked by aliases, .* was not looked at/,
      ),
    ]);
    expect(world.surroundings.requests('ListAliases')).toEqual([]);
    expect(await preflight({ run: 'first' })).toEqual([]);
    expect(world.surroundings.requests('ListAliases')).toHaveLength(30);
  });

  it('knows a function by its ARN as well', async () => {
    target = world.target({ functions: MANY.map((name) => world.lambda.function(name).arn) });
    await look();
    expect(await during(look)).toEqual({ [LIST]: 2 });
  });

  it('says which function there is none of', async () => {
    target = world.target({ functions: [...MANY, 'gone'] });
    expect(await errorOf(look())).toMatchObject({
      message: 'Target functions: AWS does not find function gone.',
    });
  });

  it('tells each of the targets by its name that the list was denied to its pattern', async () => {
    world.lambda.faults.inject(LIST, { effect: 'error', failure: accessDenied(`lambda:${LIST}`) });
    const targets = ['a', 'b'].map((name) => world.target({ name, functions: [`orders-*${name}`] }));
    const errors = await Promise.all(
      targets.map(async (one) => errorOf(one.observe(token.fingerprint, never()))),
    );
    expect(errors.map(({ message }) => message)).toEqual([
      'Target a: AWS denies lambda:ListFunctions.',
      'Target b: AWS denies lambda:ListFunctions.',
    ]);
  });

  it('stays within what AWS allows an account, and is done in a few seconds', async () => {
    await world.close();
    world = await LambdaWorld.open(
      MANY.map((name) => ({ name })),
      { pageSize: 20, hasQuotas: true },
    );
    for (const name of MANY) marked(name);
    const { everyMs: _none, ...deps } = world.surroundings.deps();
    const { createLambdaTarget } = await import('../../src/targets/lambda/lambda-target.js');
    target = createLambdaTarget(
      { type: 'lambda', name: 'all', functions: MANY, endpoint: world.lambda.url, readyTimeoutMs: 1 },
      deps,
    );
    const began = performance.now();
    expect(await look()).toEqual(CONVERGED);
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(world.surroundings.requests().filter(({ status }) => status === 429)).toEqual([]);
  });
});

describe('a lambda target of many functions with an alias', () => {
  const SOME = MANY.slice(0, 3);

  beforeEach(async () => {
    world = await LambdaWorld.open(SOME.map((name) => ({ name, alias: 'live', isProvisioned: true })));
    target = world.target({ functions: SOME, alias: 'live' });
    token = newToken();
    await target.deliver(token, never());
    await look();
  });
  afterEach(async () => world.close());

  const converged = { state: 'converged', seen: 3, of: 3 };
  const alias = () => world.lambda.function(FIRST).aliases.get('live')!;

  it('asks for the alias alone as long as that is the same', async () => {
    for (const { name } of SOME.map((one) => world.lambda.function(one)))
      world.lambda.function(name).provisioned.set('live', { status: 'READY' });
    await look();
    expect(await look()).toEqual(converged);
    expect(await during(look)).toEqual({ GetAlias: 3 });
  });

  it('looks anew where the alias was moved, or divides its traffic', async () => {
    for (const { name } of SOME.map((one) => world.lambda.function(one)))
      world.lambda.function(name).provisioned.set('live', { status: 'READY' });
    expect(await look()).toEqual(converged);
    Object.assign(alias(), { weights: { '1': 0.1 } });
    expect(await look()).toMatchObject({ state: 'pending', seen: 2 });
    Object.assign(alias(), { version: '1', weights: {}, revisionId: 'another' });
    expect(await look()).toMatchObject({ seen: 2, of: 3, other: 1 });
  });

  it('looks anew for another token', async () => {
    await look();
    expect(await target.observe(newToken().fingerprint, never())).toMatchObject({ seen: 0, other: 3 });
  });
});
