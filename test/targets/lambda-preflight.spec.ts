import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { accessDenied } from '../../src/sandbox/aws/failure.js';
import type { AwsTargetDeps } from '../../src/targets/aws/fields.js';
import type { LambdaTargetConfig } from '../../src/targets/lambda/config.js';
import { errorOf, newToken } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { REGION, SECRET_ARN, SECRET_NAME } from './aws-surroundings.js';
import { LambdaWorld, NAMES, VARIABLES } from './lambda-world.js';

const [NAME] = NAMES;
const TOKEN_ID = 'ELASTIC_APM_SECRETS_MANAGER_SECRET_TOKEN_ID';

describe('the preflight of a lambda target', () => {
  let world: LambdaWorld;

  beforeEach(async () => {
    world = await LambdaWorld.open();
  });
  afterEach(async () => world.close());

  const preflight = async (over: Partial<LambdaTargetConfig> = {}, deps: Partial<AwsTargetDeps> = {}) =>
    world.target({ functions: [NAME], ...over }, deps).preflight(never());
  const refusal = async (...args: Parameters<typeof preflight>) => {
    const { code, message, hint } = await errorOf(preflight(...args));
    expect(code).toBe('target_refused');
    expect(world.done('UpdateFunctionConfiguration')).toBe(0);
    return `${message} ${hint}`;
  };
  const withVariables = (over: Record<string, string>, ...without: string[]): void => {
    const all = Object.entries({ ...VARIABLES, ...over }).filter(([name]) => !without.includes(name));
    world.lambda.touch(NAME, { variables: Object.fromEntries(all) });
  };

  it('finds nothing where the extension reads the secret, by its ARN or by its name', async () => {
    expect(await preflight()).toEqual([]);
    withVariables({ [TOKEN_ID]: SECRET_NAME });
    expect(await preflight()).toEqual([]);
    expect(await preflight({ functions: [world.lambda.function(NAME).arn] })).toEqual([]);
  });

  it('tells of an extension that sends to the APM Server of another deployment', async () => {
    const target = world.target({ functions: [NAME] });
    expect(await target.preflight(never(), { apmUrls: ['https://apm.example.test'] })).toEqual([]);
    expect(await target.preflight(never(), { apmUrls: ['https://staging.example.test'] })).toEqual([
      expect.stringContaining('leads to apm.example.test, and the token is for the APM Server at staging.'),
    ]);
  });

  it.each([
    ['names no secret', {}, TOKEN_ID, `names no secret in ${TOKEN_ID}. Set`],
    [
      'reads another',
      { [TOKEN_ID]: 'prod/apm/billing' },
      '',
      `and the token is in secret ${SECRET_NAME} in ${REGION}`,
    ],
    [
      'has a token in clear',
      { ELASTIC_APM_SECRET_TOKEN: newToken().reveal() },
      '',
      'has a token in clear in ELASTIC_APM_SECRET_TOKEN, which a cold start would take',
    ],
    [
      'has an API key',
      { ELASTIC_APM_API_KEY: 'x' },
      '',
      'ELASTIC_APM_API_KEY stands beside the token and wins over it',
    ],
    [
      'reads an API key',
      { ELASTIC_APM_SECRETS_MANAGER_API_KEY_ID: 'x' },
      '',
      'ELASTIC_APM_SECRETS_MANAGER_API_KEY_ID stands beside the token and wins over it',
    ],
    [
      'sends in clear',
      { ELASTIC_APM_LAMBDA_APM_SERVER: 'http://apm.test' },
      '',
      'ELASTIC_APM_LAMBDA_APM_SERVER leads to http://apm.test',
    ],
    [
      'has no server',
      {},
      'ELASTIC_APM_LAMBDA_APM_SERVER',
      'ELASTIC_APM_LAMBDA_APM_SERVER is not set, so that nobody knows where the token goes',
    ],
    ['is full', { PADDING: 'x'.repeat(3_900) }, '', 'has no room for one more variable'],
  ] as const)('refuses a function that %s', async (_, over, without, sentence) => {
    withVariables(over, without);
    const said = await refusal();
    expect(said).toContain(`Target functions: function ${NAME}`);
    expect(said).toContain(sentence);
  });

  it('refuses a store of JSON: the extension takes the whole secret for the token', async () => {
    const secret = { store: 'aws-secrets-manager', id: SECRET_ARN, region: REGION, key: 'apm' };
    expect(await refusal({}, { secret })).toContain(
      `takes the whole secret for the token, and in secret ${SECRET_ARN} the token is the key apm of a JSON object`,
    );
  });

  it('refuses a function of another region than the secret', async () => {
    withVariables({ [TOKEN_ID]: SECRET_NAME });
    const secret = { store: 'aws-secrets-manager', id: SECRET_NAME, region: 'us-east-1', key: null };
    expect(await refusal({ region: REGION }, { secret })).toContain(
      `is in ${REGION} and looks for the secret there, and it is in us-east-1`,
    );
  });

  it('refuses variables that it may not read, since to set one is to set them all', async () => {
    world.lambda.touch(NAME, { isSealed: true });
    expect(await refusal()).toContain('has variables that cannot be read (AccessDeniedException)');
    const error = await errorOf(world.target({ functions: [NAME] }).deliver(newToken(), never()));
    expect(error).toMatchObject({ code: 'target_failed', retryable: false });
    expect(world.lambda.function(NAME).latest.variables).toEqual(VARIABLES);
  });

  it('refuses a function that is not there, that has failed, and a pattern that names none', async () => {
    expect(await refusal({ functions: ['none'] })).toContain('AWS does not find function none');
    expect(await refusal({ functions: ['none-*'] })).toContain(
      'no function with the variables of the APM extension is named none-*',
    );
    world.lambda.touch(NAME, { state: 'Failed', stateReason: 'No image.' });
    expect(await refusal()).toContain('has failed: No image.');
  });

  it('passes over what a pattern names and what has nothing to do with the token, and says so', async () => {
    world.lambda.seed({ name: 'checkout-cron', variables: { STAGE: 'prod' } });
    expect(await preflight({ functions: ['checkout-*'] })).toEqual([
      'Target functions: function checkout-cron has nothing to do with the token, and is passed over.',
    ]);
    expect(await refusal({ functions: ['checkout-cron'] })).toContain('names no secret');
  });

  it('says which invocations keep the token of before, and whom a delivery to $LATEST does not reach', async () => {
    world.lambda.seed({ name: NAME, variables: VARIABLES, timeout: 900, alias: 'live' });
    expect(await preflight()).toEqual([
      `Target functions: function ${NAME}: an invocation that is under way keeps the token of before to its end, which is after 900 s at the latest.`,
      `Target functions: function ${NAME}: who invokes it by its alias live (version 1) is not reached by a delivery to $LATEST: name the alias in the target.`,
    ]);
    expect(await preflight({ alias: 'live' })).toHaveLength(1);
  });

  it('says what to allow where AWS denies', async () => {
    const failure = accessDenied('lambda:GetFunctionConfiguration');
    world.lambda.faults.inject('GetFunctionConfiguration', { effect: 'error', failure });
    expect(await refusal()).toContain('Allow lambda:GetFunctionConfiguration in the policy');
  });
});
