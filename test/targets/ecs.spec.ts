import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Fingerprint, Secret } from '../../src/rotation/secret.js';
import { throttling } from '../../src/sandbox/aws/failure.js';
import type { Target } from '../../src/targets/target.js';
import { errorOf, newToken, targetContract } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { until } from '../fakes/until.js';
import { converges } from './converges.js';
import { CLUSTER, CONTAINER, ecsHarness, EcsWorld, TASKS } from './ecs-world.js';

targetContract('ecs', ecsHarness);

const all = { state: 'converged', seen: TASKS, of: TASKS };

describe('an ecs target', () => {
  let world: EcsWorld;
  let target: Target;
  let token: Secret;

  beforeEach(async () => {
    world = await EcsWorld.open();
    target = world.target();
    token = newToken();
  });
  afterEach(async () => world.close());

  const look = async () => target.observe(token.fingerprint, never());
  const state = async () => (await look()).state;

  it('replaces every task, and is converged once none is left that was started before', async () => {
    world.ecs.hold(true);
    await target.deliver(token, never());
    expect(await look()).toMatchObject({ state: 'pending', of: expect.any(Number) });
    world.ecs.hold(false);
    await converges(target, token);
    expect(await look()).toEqual(all);
    expect(world.service.tasks.map(({ runsWith }) => runsWith)).toEqual(Array(TASKS).fill(token.fingerprint));
  });

  it('starts one deployment for one token, while it rolls out and when it is done', async () => {
    await target.deliver(token, never());
    await target.deliver(token, never());
    await converges(target, token);
    await world.target().deliver(token, never());
    expect(world.started).toBe(1);
  });

  it.each([
    ['the first tags', 'TagResource', 'cut', 0],
    ['the deployment, unasked for', 'UpdateService', 'cut', 0],
    ['the deployment, whose answer is lost', 'UpdateService', 'lost', 1],
  ] as const)('starts one deployment where it dies at %s', async (_, operation, effect, started) => {
    // The SDK sends what may be sent again three times.
    world.ecs.faults.inject(operation, { effect }, operation === 'TagResource' ? 3 : 1);
    await errorOf(target.deliver(token, never()));
    expect(world.started).toBe(started);
    await target.deliver(token, never());
    await converges(target, token);
    expect(world.started).toBe(1);
  });

  it('starts one deployment where it dies between it and the last tags', async () => {
    const stop = new AbortController();
    world.ecs.faults.inject('TagResource', { effect: 'silence' }, 1, 1);
    const delivery = errorOf(target.deliver(token, stop.signal));
    await world.surroundings.heard('TagResource', 1);
    stop.abort();
    await delivery;
    await target.deliver(token, never());
    await converges(target, token);
    expect(world.started).toBe(1);
    expect([...world.service.tags.values()]).toContainEqual(expect.stringMatching(/^ecs-svc\/\d+ 20/));
  });

  it('counts the tasks of a deployment that somebody else has started since', async () => {
    await target.deliver(token, never());
    await converges(target, token);
    world.ecs.deploy('checkout');
    await until('it rolls out', () => world.service.deployments.length === 1);
    expect(await look()).toEqual(all);
    await target.deliver(token, never());
    expect(world.started).toBe(1);
  });

  it('proves nobody to be behind in a deployment that somebody else has started since', async () => {
    await target.deliver(token, never());
    await converges(target, token);
    world.ecs.hold(true);
    world.ecs.deploy('checkout');
    expect(await look()).toMatchObject({ state: 'pending', other: 0 });
  });

  it('starts another deployment for another token', async () => {
    await target.deliver(token, never());
    await converges(target, token);
    token = newToken();
    expect(await look()).toEqual({ state: 'pending', seen: 0, of: TASKS, other: TASKS });
    await target.deliver(token, never());
    await converges(target, token);
    expect(world.started).toBe(2);
  });

  it('starts another deployment for a token that comes back, though no other has left a mark since', async () => {
    await world.target({}, { run: 'first' }).deliver(token, never());
    await converges(target, token);
    const back = world.target({}, { run: 'third' });
    await back.deliver(token, never());
    await back.deliver(token, never());
    expect(world.started).toBe(2);
    await converges(target, token);
  });

  it('says how far a rollout is and how many tasks did not start', async () => {
    world.ecs.failStarts('checkout', true);
    await target.deliver(token, never());
    await until('tasks fail', () => (world.service.deployments[0]?.failedTasks ?? 0) > 0);
    expect(await look()).toMatchObject({
      state: 'pending',
      seen: 0,
      detail: expect.stringMatching(/^service checkout: 0 of \d tasks were started .*, \d+ failed to start$/),
    });
  });

  it('has failed, in the words of the service, where the circuit breaker gave up', async () => {
    seedOther({ breaker: { enable: true, rollback: false } });
    await target.deliver(token, never());
    await until('it is given up', async () => (await state()) === 'failed');
    expect(await look()).toMatchObject({
      detail: 'service other: ECS deployment circuit breaker: tasks failed to start.',
    });
  });

  it('has failed where the circuit breaker rolled back, also long after, and is deployed anew', async () => {
    seedOther({ breaker: { enable: true, rollback: true } });
    await target.deliver(token, never());
    await until('it is given up', async () => (await state()) === 'failed');
    await until('it is rolled back', () => world.ecs.service('other').deployments.length === 1);
    expect(await look()).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining('failed to start'),
    });
    // AWS keeps the last 100 events alone.
    world.ecs.service('other').events = [];
    const later = world.target({ services: ['other'] }, { now: () => Date.now() + 61_000 });
    expect(await later.observe(token.fingerprint, never())).toMatchObject({
      state: 'failed',
      detail: expect.stringMatching(/deployment ecs-svc\/\d+ is gone, and ecs-svc\/\d+, which is older/),
    });
    world.ecs.failStarts('other', false);
    await later.deliver(token, never());
    await converges(target, token);
  });

  it('does not call a deployment gone that AWS does not show yet', async () => {
    world.ecs.hold(true);
    const before = [...world.service.deployments];
    await target.deliver(token, never());
    world.service.deployments = before.map((one) => ({ ...one, status: 'PRIMARY' }));
    expect(await look()).toMatchObject({ state: 'pending', seen: 0 });
  });

  it('may be tried again where one service is hopeless and another is not, and names both', async () => {
    seedOther();
    target = world.target({ services: ['checkout', 'other'] });
    world.service.status = 'INACTIVE';
    world.ecs.faults.inject('UpdateService', { effect: 'error', failure: throttling() });
    expect(await errorOf(target.deliver(token, never()))).toMatchObject({
      code: 'target_failed',
      retryable: true,
      message:
        'Target checkout: 2 of 2 did not get through. service checkout is INACTIVE. service other: AWS throttles ecs:UpdateService.',
    });
  });

  it('delivers to the others where one service is gone', async () => {
    target = world.target({ services: ['gone', 'checkout'] });
    expect(await errorOf(target.deliver(token, never()))).toMatchObject({
      message: 'Target checkout: AWS does not find service gone in cluster prod.',
      retryable: false,
    });
    expect(world.started).toBe(1);
  });

  it('looks at several services together, and names the one that is behind', async () => {
    seedOther();
    target = world.target({ services: ['checkout', 'other'] });
    await target.deliver(token, never());
    await until('one failed', () => (world.ecs.service('other').deployments[0]?.failedTasks ?? 0) > 0);
    await until('the other is done', () => world.service.deployments.length === 1);
    expect(await look()).toMatchObject({
      state: 'pending',
      seen: TASKS,
      detail: expect.stringMatching(/^service other:/),
    });
    world.ecs.failStarts('other', false);
    await converges(target, token);
    expect(await look()).toEqual({ state: 'converged', seen: 2 * TASKS, of: 2 * TASKS });
  });

  it('delivers to the others where one service cannot be deployed', async () => {
    seedOther();
    target = world.target({ services: ['other', 'checkout'] });
    world.ecs.faults.inject('UpdateService', { effect: 'error', failure: throttling() });
    expect(await errorOf(target.deliver(token, never()))).toMatchObject({
      message: 'Target checkout: service other: AWS throttles ecs:UpdateService.',
      retryable: true,
    });
    expect(world.service.deployments).toHaveLength(2);
  });

  it('pages through more tasks than AWS tells at once', async () => {
    world.ecs.seed({ cluster: CLUSTER, service: 'large', desired: 250, containers: [CONTAINER] });
    const large = world.target({ services: ['large'] });
    await large.deliver(token, never());
    world.ecs.hold(true);
    world.ecs.runWith('large', Array<Fingerprint>(250).fill(token.fingerprint));
    expect(await large.observe(token.fingerprint, never())).toEqual({
      state: 'converged',
      seen: 250,
      of: 250,
    });
    expect(world.surroundings.requests('ListTasks')).toHaveLength(3);
  });

  it('has failed where the service was deleted', async () => {
    await target.deliver(token, never());
    world.service.status = 'DRAINING';
    expect(await look()).toMatchObject({ state: 'failed', detail: 'service checkout is DRAINING' });
    expect(await errorOf(target.deliver(token, never()))).toMatchObject({
      code: 'target_failed',
      message: 'Target checkout: service checkout is DRAINING.',
    });
  });

  it('keeps two rotations of one service apart', async () => {
    const other = world.target({}, { rotation: 'other' });
    await target.deliver(token, never());
    await other.deliver(newToken(), never());
    await until('it rolls out', () => world.service.deployments.length === 1);
    expect(await state()).toBe('converged');
  });

  const seedOther = (over: object = {}): void => {
    world.ecs.seed({ cluster: CLUSTER, service: 'other', desired: TASKS, containers: [CONTAINER], ...over });
    world.ecs.failStarts('other', true);
    target = world.target({ services: ['other'] });
  };
});
