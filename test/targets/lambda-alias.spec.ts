import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Secret } from '../../src/rotation/secret.js';
import type { Target } from '../../src/targets/target.js';
import { errorOf, newToken } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { until } from '../fakes/until.js';
import { converges } from './converges.js';
import { LambdaWorld, MARK, NAMES, VARIABLES } from './lambda-world.js';

const [NAME] = NAMES;

let world: LambdaWorld;
let target: Target;
let token: Secret;

const look = async () => target.observe(token.fingerprint, never());

describe('a lambda target with an alias', () => {
  beforeEach(async () => {
    world = await LambdaWorld.open([{ name: NAME, alias: 'live', isProvisioned: true }]);
    target = world.target({ functions: [NAME], alias: 'live' });
    token = newToken();
  });
  afterEach(async () => world.close());

  const alias = () => world.lambda.function(NAME).aliases.get('live')!;
  const published = () => world.lambda.function(NAME).published;

  it('publishes a version, points the alias to it, and waits for its provisioned concurrency', async () => {
    await target.deliver(token, never());
    expect(alias().version).toBe('2');
    expect(published()[1]).toMatchObject({ runsWith: token.fingerprint });
    world.lambda.function(NAME).provisioned.set('live', { status: 'IN_PROGRESS' });
    expect(await look()).toMatchObject({
      state: 'pending',
      detail: `function ${NAME}: its provisioned concurrency is still being allocated`,
    });
    world.lambda.function(NAME).provisioned.set('live', { status: 'FAILED', statusReason: 'No capacity.' });
    expect(await look()).toMatchObject({ state: 'failed', detail: `function ${NAME}: No capacity.` });
    world.lambda.function(NAME).provisioned.set('live', { status: 'READY' });
    expect(await look()).toEqual({ state: 'converged', seen: 1, of: 1 });
  });

  it.each(['UpdateFunctionConfiguration', 'PublishVersion', 'UpdateAlias'])(
    'makes one version where the answer to %s is lost, or it dies there',
    async (operation) => {
      const { faults } = world.lambda;
      faults.inject(operation, { effect: 'lost' });
      await target.deliver(token, never());
      const later = newToken();
      faults.inject(operation, { effect: 'silence' });
      const stop = new AbortController();
      const before = world.surroundings.requests(operation).length;
      const delivery = errorOf(target.deliver(later, stop.signal));
      await world.surroundings.heard(operation, before);
      stop.abort();
      await delivery;
      token = later;
      await target.deliver(token, never());
      await converges(target, token);
      expect(published().map(({ variables }) => variables[MARK])).toHaveLength(3);
    },
  );

  it('does not point it to a version that cannot be invoked yet', async () => {
    await world.target({ functions: [NAME] }).deliver(token, never());
    await until('it is updated', () => world.latest().lastUpdateStatus === 'Successful');
    world.lambda.hold(true);
    const delivery = target.deliver(token, never());
    await world.surroundings.heard('PublishVersion', 1);
    expect(alias().version).toBe('1');
    world.lambda.hold(false);
    await delivery;
    await converges(target, token);
    expect(published()).toHaveLength(2);
  });

  it('releases nothing but the token: other code in $LATEST is refused, and is in need of a release', async () => {
    world.lambda.touch(NAME, { codeSha256: 'another', variables: { ...VARIABLES, STAGE: 'new' } });
    const refusal = await errorOf(target.preflight(never()));
    expect(refusal).toMatchObject({
      code: 'target_refused',
      message: `Target functions: function ${NAME} has in $LATEST what version 1, to which alias live points, has not (CodeSha256, variable STAGE), and a new version would release it.`,
    });
    expect(await errorOf(target.deliver(token, never()))).toMatchObject({
      code: 'target_failed',
      retryable: false,
    });
    expect(alias().version).toBe('1');
    expect(await look()).toMatchObject({
      state: 'needs_release',
      isSeen: true,
      detail: expect.stringContaining('CodeSha256'),
    });
  });

  it('refuses an alias that divides its traffic', async () => {
    alias().weights = { '1': 0.1 };
    expect(await errorOf(target.preflight(never()))).toMatchObject({
      code: 'target_refused',
      message: `Target functions: function ${NAME} is invoked by alias live, which divides its traffic between two versions.`,
    });
    await errorOf(target.deliver(token, never()));
    expect(alias().version).toBe('1');
  });

  it('does not count a version to which only a part of the traffic goes', async () => {
    await target.deliver(token, never());
    alias().weights = { '1': 0.5 };
    expect(await look()).toMatchObject({ state: 'pending', seen: 0 });
  });

  it('leaves an alias alone that somebody else has moved in between', async () => {
    const happens = () => void Object.assign(alias(), { revisionId: 'another', weights: { '1': 0.5 } });
    world.lambda.faults.inject('UpdateAlias', { effect: 'meanwhile', happens });
    expect(await errorOf(target.deliver(token, never()))).toMatchObject({ code: 'target_failed' });
    expect(alias().version).toBe('1');
  });

  it('refuses an alias that is not there', async () => {
    const other = world.target({ functions: [NAME], alias: 'none' });
    expect(await errorOf(other.preflight(never()))).toMatchObject({ code: 'target_refused' });
    expect(await errorOf(other.deliver(token, never()))).toMatchObject({ code: 'target_failed' });
    expect(await errorOf(other.observe(token.fingerprint, never()))).toMatchObject({ code: 'target_failed' });
  });

  it('publishes nothing for an alias of $LATEST', async () => {
    alias().version = '$LATEST';
    await target.deliver(token, never());
    await converges(target, token);
    expect(published()).toHaveLength(1);
  });
});
