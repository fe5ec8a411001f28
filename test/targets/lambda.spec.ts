import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Secret } from '../../src/rotation/secret.js';
import { createLambdaTarget } from '../../src/targets/lambda/lambda-target.js';
import type { Target } from '../../src/targets/target.js';
import { errorOf, everythingIn, newToken, targetContract } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { until } from '../fakes/until.js';
import { converges } from './converges.js';
import { EACH_TRY, failing, lambdaHarness, LambdaWorld, MARK, NAMES, VARIABLES } from './lambda-world.js';

targetContract('lambda', lambdaHarness);

const [NAME] = NAMES;

let world: LambdaWorld;
let target: Target;
let token: Secret;

const look = async () => target.observe(token.fingerprint, never());

describe('a lambda target', () => {
  beforeEach(async () => {
    world = await LambdaWorld.open([{ name: NAME }]);
    target = world.target({ functions: [NAME] });
    token = newToken();
  });
  afterEach(async () => world.close());

  it('has new environments made by a variable, keeps every other, and is converged when AWS is done', async () => {
    world.lambda.hold(true);
    await target.deliver(token, never());
    expect(await look()).toEqual({
      state: 'pending',
      seen: 0,
      of: 1,
      other: 0,
      detail: `function ${NAME} is still being updated`,
    });
    world.lambda.hold(false);
    await converges(target, token);
    expect(world.latest().variables).toEqual({ ...VARIABLES, [MARK]: token.fingerprint });
    expect(world.latest().runsWith).toBe(token.fingerprint);
  });

  it('updates a function once for one token', async () => {
    await target.deliver(token, never());
    await target.deliver(token, never());
    await world.target().deliver(token, never());
    expect(world.done('UpdateFunctionConfiguration')).toBe(1);
  });

  it('updates it once where the answer is lost', async () => {
    world.lambda.faults.inject('UpdateFunctionConfiguration', { effect: 'lost' });
    await target.deliver(token, never());
    await converges(target, token);
    expect(world.done('UpdateFunctionConfiguration')).toBe(1);
  });

  it('loses nothing that somebody else sets at the same time', async () => {
    const happens = () => world.lambda.touch(NAME, { variables: { ...VARIABLES, STAGE: 'new' } });
    world.lambda.faults.inject('UpdateFunctionConfiguration', { effect: 'meanwhile', happens });
    await target.deliver(token, never());
    await converges(target, token);
    expect(world.latest().variables).toEqual({ ...VARIABLES, STAGE: 'new', [MARK]: token.fingerprint });
  });

  it('waits for an update that is under way', async () => {
    world.lambda.touch(NAME, { lastUpdateStatus: 'InProgress' });
    const delivery = target.deliver(token, never());
    await world.surroundings.heard('GetFunctionConfiguration', 2);
    expect(world.done('UpdateFunctionConfiguration')).toBe(0);
    world.lambda.touch(NAME, { lastUpdateStatus: 'Successful' });
    await delivery;
    await converges(target, token);
  });

  it('gives up on an update that does not end when it is stopped', async () => {
    world.lambda.touch(NAME, { lastUpdateStatus: 'InProgress' });
    const stop = new AbortController();
    const delivery = errorOf(target.deliver(token, stop.signal));
    await world.surroundings.heard('GetFunctionConfiguration', 2);
    stop.abort();
    expect(await delivery).toMatchObject({ code: 'target_failed' });
  });

  it('has new environments made for a token that comes back, though no other has left a mark since', async () => {
    await world.target({}, { run: 'first' }).deliver(token, never());
    await converges(target, token);
    const back = world.target({}, { run: 'third' });
    await back.deliver(token, never());
    await back.deliver(token, never());
    await converges(target, token);
    expect(world.done('UpdateFunctionConfiguration')).toBe(2);
    expect(world.latest().variables[MARK]).toBe(`${token.fingerprint}.third`);
  });

  it('says that AWS does not get done, and blames nobody else, where an update never ends', async () => {
    world.lambda.touch(NAME, { lastUpdateStatus: 'InProgress' });
    target = world.target({ functions: [NAME] }, { pollMs: 0 });
    expect(await errorOf(target.deliver(token, never()))).toMatchObject({
      message: `Target functions: AWS has not finished an update of function ${NAME} after 300 looks at it.`,
      retryable: true,
    });
  });

  it('has failed, in the words of AWS, where the update has, and is updated anew', async () => {
    world.lambda.failUpdates('The role cannot be assumed by Lambda.');
    await target.deliver(token, never());
    await until('it fails', async () => (await look()).state === 'failed');
    expect(await look()).toMatchObject({ detail: `function ${NAME}: The role cannot be assumed by Lambda.` });
    world.lambda.failUpdates(undefined);
    await target.deliver(token, never());
    await converges(target, token);
  });

  it('takes an idle function for converged: its next invocation begins anew', async () => {
    await target.deliver(token, never());
    await converges(target, token);
    world.lambda.touch(NAME, { state: 'Inactive' });
    expect(await look()).toEqual({ state: 'converged', seen: 1, of: 1 });
  });

  it('is behind again where somebody takes the variable out', async () => {
    await target.deliver(token, never());
    await converges(target, token);
    world.lambda.touch(NAME, { variables: VARIABLES });
    expect(await look()).toEqual({ state: 'pending', seen: 0, of: 1, other: 1 });
  });

  it('keeps what the variables hold out of every error', async () => {
    const hidden = newToken().reveal();
    world.lambda.touch(NAME, { variables: { ...VARIABLES, OTHER: hidden, PADDING: 'x'.repeat(3_900) } });
    const error = await errorOf(target.deliver(token, never()));
    expect(error).toMatchObject({
      message: `Target functions: function ${NAME}: AWS refuses lambda:UpdateFunctionConfiguration (InvalidParameterValueException).`,
      retryable: false,
    });
    expect(everythingIn(error)).not.toContain(hidden);
  });

  it('delivers to all that a pattern names, and counts functions', async () => {
    for (const name of [...NAMES, 'billing']) world.lambda.seed({ name, variables: VARIABLES });
    target = world.target({ functions: ['checkout-*'] });
    await target.deliver(token, never());
    await converges(target, token);
    expect(await look()).toEqual({ state: 'converged', seen: 3, of: 3 });
    expect(world.latest('billing').variables).toEqual(VARIABLES);
  });

  it('counts a function once that is named by its ARN, and by a pattern as well', async () => {
    const { arn } = world.lambda.function(NAME);
    target = world.target({ functions: [arn, 'checkout-*'] });
    await target.deliver(token, never());
    await converges(target, token);
    expect(await look()).toEqual({ state: 'converged', seen: 1, of: 1 });
  });

  it('asks no faster than AWS lets an account ask', async () => {
    for (const name of NAMES) world.lambda.seed({ name, variables: VARIABLES });
    const began = performance.now();
    await world.target({}, { everyMs: 40 }).observe(token.fingerprint, never());
    const asked = world.surroundings.requests().length;
    expect(performance.now() - began).toBeGreaterThanOrEqual((asked - 1) * 40 - 1);
  });

  it.each([
    ['at most 4 times a second outside of a run', {}, 250],
    ['at most 10 times a second in a run', { run: 'first' }, 100],
  ])('asks %s', async (_, of, everyMs) => {
    const { everyMs: _none, ...deps } = { ...world.surroundings.deps(), ...of };
    const began = performance.now();
    await createLambdaTarget(
      {
        type: 'lambda',
        name: 'functions',
        functions: [NAME, NAME, NAME],
        endpoint: world.lambda.url,
        readyTimeoutMs: 1,
      },
      deps,
    ).observe(token.fingerprint, never());
    const took = performance.now() - began;
    expect(took).toBeGreaterThanOrEqual(2 * everyMs - 1);
  });

  it('may be tried again where one function is hopeless and another is not, and names both', async () => {
    for (const name of NAMES) world.lambda.seed({ name, variables: VARIABLES });
    world.lambda.touch(NAMES[0], { variables: { ...VARIABLES, PADDING: 'x'.repeat(4_000) } });
    world.lambda.faults.inject(
      'UpdateFunctionConfiguration',
      { effect: 'error', failure: failing() },
      EACH_TRY,
      1,
    );
    expect(await errorOf(world.target().deliver(token, never()))).toMatchObject({
      retryable: true,
      message: expect.stringMatching(
        /2 of 3 did not get through. function checkout-api: .* function checkout-jobs: /,
      ),
    });
  });

  it('delivers to the others where one function cannot be updated', async () => {
    for (const name of NAMES) world.lambda.seed({ name, variables: VARIABLES });
    target = world.target();
    world.lambda.faults.inject('UpdateFunctionConfiguration', { effect: 'error', failure: failing() }, 3);
    expect(await errorOf(target.deliver(token, never()))).toMatchObject({ retryable: true });
    await until('two are done', async () => {
      const seen = await look();
      return seen.state === 'pending' && seen.seen === 2;
    });
  });
});
