import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Secret } from '../../src/rotation/secret.js';
import { accessDenied, AwsFailure } from '../../src/sandbox/aws/failure.js';
import type { Target } from '../../src/targets/target.js';
import { newToken } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { until } from '../fakes/until.js';
import { CLUSTER, CONTAINER, EcsWorld } from './ecs-world.js';

const MANY = Array.from({ length: 30 }, (_, index) => `orders-${index}`);
const [FIRST = ''] = MANY;
const CALLS = ['DescribeServices', 'ListTasks', 'DescribeTasks'];

describe('many services of Amazon ECS', () => {
  let world: EcsWorld;
  let targets: readonly Target[];
  let token: Secret;

  beforeEach(async () => {
    world = await EcsWorld.open({ hasQuotas: true });
    for (const service of MANY)
      world.ecs.seed({ cluster: CLUSTER, service, desired: 2, containers: [CONTAINER] });
    token = newToken();
    const all = world.target({ services: MANY });
    world.surroundings.current = token;
    // As a delivery leaves them, without waiting for what AWS allows of it in a second.
    for (const name of MANY) {
      const service = world.ecs.service(name);
      service.tags.set('rotor:checkout:token-fingerprint', token.fingerprint);
      service.tags.set('rotor:checkout:deployment', `after ${service.deployments[0]?.id}`);
      world.ecs.deploy(name);
    }
    await until('all are rolled out', () =>
      MANY.every((name) => world.ecs.service(name).deployments.length === 1),
    );
    targets = [all, ...MANY.map((name) => world.target({ name, services: [name] }))];
  });
  afterEach(async () => world.close());

  const states = async (some: readonly Target[] = targets.slice(1)): Promise<string[]> => {
    const seen = await Promise.all(some.map(async (one) => one.observe(token.fingerprint, never())));
    return seen.map(({ state }) => state);
  };
  const asked = (): number[] => CALLS.map((operation) => world.surroundings.requests(operation).length);
  const during = async (work: () => Promise<unknown>): Promise<number[]> => {
    const before = asked();
    await work();
    return asked().map((count, index) => count - (before[index] ?? 0));
  };
  const converged = (some: readonly unknown[]): string[] => some.map(() => 'converged');

  it('are read together for all targets, ten in a call, and their tasks a hundred in a call', async () => {
    expect(await during(async () => expect(await states()).toEqual(converged(MANY)))).toEqual([3, 1, 1]);
    const [all] = targets;
    expect(await during(async () => states([all!]))).toEqual([3, 0, 0]);
  });

  it('are not asked for their tasks again, which can only be younger, unless one of them is not there', async () => {
    await states();
    expect(await during(states)).toEqual([3, 0, 0]);
    const { tasks } = world.ecs.service(FIRST);
    tasks[0]!.lastStatus = 'PENDING';
    expect(await states()).toEqual(['pending', ...converged(MANY.slice(1))]);
    tasks[0]!.lastStatus = 'RUNNING';
    expect(await states()).toEqual(converged(MANY));
  });

  it('are asked for their tasks again after another deployment', async () => {
    await states();
    world.ecs.deploy(FIRST);
    await until('it is rolled out', () => world.ecs.service(FIRST).deployments.length === 1);
    expect(await during(states)).toEqual([3, 1, 1]);
  });

  it('count once where another target names the same one by its ARN', async () => {
    const byArn = world.target({ services: [world.ecs.service(FIRST).arn] });
    const [, byName] = targets;
    const seen = await Promise.all(
      [byName!, byArn].map(async (one) => one.observe(token.fingerprint, never())),
    );
    expect(seen).toEqual([1, 2].map(() => ({ state: 'converged', seen: 2, of: 2 })));
  });

  it.each([
    ['is denied', accessDenied('ecs:DescribeServices')],
    [
      'is of another cluster',
      new AwsFailure('InvalidParameterException', 'Identifier is for cluster other.'),
    ],
  ])('are told apart where one of them %s', async (_, failure) => {
    world.ecs.faults.inject('DescribeServices', { effect: 'error', failure });
    expect(await states()).toEqual(converged(MANY));
  });

  it('are asked for and deployed no faster than AWS lets an account', async () => {
    const target = world.target({ services: MANY.slice(0, 4) }, { everyMs: 50 });
    const took = async (work: () => Promise<unknown>): Promise<number> => {
      const began = performance.now();
      await work();
      return performance.now() - began;
    };
    expect(await took(async () => target.preflight(never()))).toBeGreaterThanOrEqual(3 * 50 - 1);
    expect(await took(async () => target.deliver(newToken(), never()))).toBeGreaterThanOrEqual(7 * 50 - 1);
    expect(world.surroundings.requests().filter(({ status }) => status !== 200)).toEqual([]);
  });

  it('have the tasks of each in a cluster that has many more', async () => {
    for (let index = 0; index < 25; index += 1)
      world.ecs.seed({ cluster: CLUSTER, service: `other-${index}`, desired: 100, containers: [] });
    const some = targets.slice(1, 24);
    expect(await during(async () => expect(await states(some)).toEqual(converged(some)))).toEqual([
      3, 46, 46,
    ]);
  });
});
