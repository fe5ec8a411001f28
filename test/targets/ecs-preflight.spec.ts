import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Agent } from 'node:https';
import { accessDenied, AwsFailure } from '../../src/sandbox/aws/failure.js';
import type { Container } from '../../src/sandbox/ecs/model.js';
import type { EcsTargetConfig } from '../../src/targets/ecs/config.js';
import { errorOf, everythingIn, newToken } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { withEnvironment } from '../stores/environment.js';
import { randomKeys } from '../sandbox/secrets-manager-world.js';
import { REGION, SECRET_ARN, SECRET_NAME } from './aws-surroundings.js';
import { CLUSTER, CONTAINER, EcsWorld } from './ecs-world.js';

describe('the preflight of an ecs target', () => {
  let world: EcsWorld;

  beforeEach(async () => {
    world = await EcsWorld.open();
  });
  afterEach(async () => world.close());

  const refusal = async (over: Partial<EcsTargetConfig> = {}) => {
    const { code, message, hint } = await errorOf(world.target(over).preflight(never()));
    expect(code).toBe('target_refused');
    return `${message} ${hint}`;
  };
  const withContainer = (over: Partial<Container>): void => {
    world.service.containers = [{ ...CONTAINER, ...over }];
  };
  const token = (valueFrom: string) => ({ secrets: [{ name: 'ELASTIC_APM_SECRET_TOKEN', valueFrom }] });
  const environment = (...pairs: [string, string][]) => ({
    environment: pairs.map(([name, value]) => ({ name, value })),
  });
  const URL = ['ELASTIC_APM_SERVER_URL', 'https://apm.example.test'] as [string, string];

  it('finds nothing where each container reads the secret, whole and current', async () => {
    expect(await world.target().preflight(never())).toEqual([]);
    withContainer(token(`${SECRET_ARN}::AWSCURRENT:`));
    expect(await world.target().preflight(never())).toEqual([]);
  });

  it('tells of a container that sends to the APM Server of another deployment', async () => {
    const told = async (url: string) => world.target().preflight(never(), { apmUrls: [url] });
    expect(await told('https://apm.example.test:443')).toEqual([]);
    expect(await told('https://staging.example.test')).toEqual([
      expect.stringContaining('leads to apm.example.test, and the token is for the APM Server at staging.'),
    ]);
  });

  it.each(['CODE_DEPLOY', 'EXTERNAL'] as const)('refuses a service that %s deploys', async (controller) => {
    world.ecs.seed({ cluster: CLUSTER, service: 'other', controller });
    expect(await refusal({ services: ['other'] })).toContain(`service other is deployed by ${controller}`);
  });

  it('refuses a service that is not there, and a cluster', async () => {
    expect(await refusal({ services: ['none'] })).toContain('does not find service none in cluster prod');
    expect(await refusal({ cluster: 'none' })).toContain('does not find cluster none');
  });

  it('refuses a service that AWS keeps no tags on', async () => {
    world.ecs.seed({ cluster: CLUSTER, service: 'old', hasShortArn: true });
    expect(await refusal({ services: ['old'] })).toContain('has an ARN of the short form');
  });

  it.each([
    [
      'a token in clear',
      environment(URL, ['ELASTIC_APM_SECRET_TOKEN', newToken().reveal()]),
      'has a token in clear in ELASTIC_APM_SECRET_TOKEN, and a restart would bring that one back',
    ],
    [
      'an API key',
      environment(URL, ['ELASTIC_APM_API_KEY', 'x']),
      'ELASTIC_APM_API_KEY stands beside the token and wins over it',
    ],
    [
      'an API key in a secret',
      { secrets: [...CONTAINER.secrets!, { name: 'ELASTIC_APM_API_KEY', valueFrom: `${SECRET_ARN}x` }] },
      'ELASTIC_APM_API_KEY stands beside the token and wins over it',
    ],
    [
      'plain http',
      environment(['ELASTIC_APM_SERVER_URL', 'http://apm.test']),
      'ELASTIC_APM_SERVER_URL leads to http://apm.test',
    ],
    [
      'plain http in a list',
      environment(URL, ['ELASTIC_APM_SERVER_URLS', 'https://a.test,http://b.test']),
      'ELASTIC_APM_SERVER_URLS leads to http://b.test',
    ],
    ['no URL', environment(), 'and the default, http://localhost:8200, would show the token'],
    [
      'another secret',
      token(SECRET_ARN.replace('checkout', 'billing')),
      `and the token is in secret ${SECRET_NAME}`,
    ],
    [
      'the secret of another region',
      token(SECRET_ARN.replace(REGION, 'us-east-1')),
      'and the token is in secret',
    ],
    ['a parameter', token(`arn:aws:ssm:${REGION}:000000000000:parameter/apm`), 'and the token is in secret'],
    [
      'a key of the secret',
      token(`${SECRET_ARN}:apm::`),
      'from the key apm of the secret, and the token is the whole secret',
    ],
    [
      'a version',
      token(`${SECRET_ARN}:::abcd`),
      'from version abcd of the secret, and a restart would bring that one back',
    ],
    [
      'a label',
      token(`${SECRET_ARN}::AWSPREVIOUS:`),
      'from the version with the label AWSPREVIOUS of the secret',
    ],
  ] as const)('refuses a container with %s', async (_, over, sentence) => {
    withContainer(over);
    const said = await refusal();
    expect(said).toContain('Target checkout: service checkout, container app');
    expect(said).toContain(sentence);
    expect(world.started).toBe(0);
  });

  it('wants the key of the token where the secret is JSON', async () => {
    const secret = { store: 'aws-secrets-manager', id: SECRET_ARN, region: REGION, key: 'apm' };
    const target = world.target({}, { secret });
    expect(await errorOf(target.preflight(never()))).toMatchObject({
      message: expect.stringContaining(
        'from the whole secret, and the token is its key apm: end valueFrom in :apm::.',
      ),
    });
    withContainer(token(`${SECRET_ARN}:apm::`));
    expect(await target.preflight(never())).toEqual([]);
  });

  it('takes another variable for the token of an exporter, and a URL from a file that it cannot see', async () => {
    withContainer({ environment: [], secrets: [{ name: 'APM_HEADER', valueFrom: SECRET_ARN }] });
    expect(await world.target().preflight(never())).toEqual([]);
    const environmentFiles = [{ type: 's3', value: 'arn:aws:s3:::bucket/app.env' }] as const;
    withContainer({ environment: [], environmentFiles });
    expect(await world.target().preflight(never())).toEqual([
      expect.stringContaining('ELASTIC_APM_SERVER_URL comes from elsewhere and was not seen'),
    ]);
  });

  it('finds a service whose containers do not name the secret, and one that wants no tasks', async () => {
    withContainer({ secrets: [] });
    world.service.desired = 0;
    expect(await world.target().preflight(never())).toEqual([
      expect.stringMatching(
        /^Target checkout: service checkout: no container takes the token of secret prod/,
      ),
      'Target checkout: service checkout: no task is wanted at present, so nothing will be restarted.',
    ]);
  });

  it('refuses what AWS denies, and says what to allow; what fails on its side may be tried again', async () => {
    const { faults } = world.ecs;
    faults.inject('DescribeServices', { effect: 'error', failure: accessDenied('ecs:DescribeServices') });
    expect(await refusal()).toContain('AWS denies ecs:DescribeServices. Allow ecs:DescribeServices');
    faults.inject(
      'DescribeServices',
      { effect: 'error', failure: new AwsFailure('ServerException', 'x', 500) },
      3,
    );
    expect(await errorOf(world.target().preflight(never()))).toMatchObject({
      code: 'target_failed',
      retryable: true,
    });
  });

  it('compares the region of a secret that the store names by its ARN', async () => {
    const secret = { store: 'aws-secrets-manager', id: SECRET_ARN, region: REGION, key: null };
    expect(await world.target({}, { secret }).preflight(never())).toEqual([]);
    withContainer(token(SECRET_ARN.replace(REGION, 'us-east-1')));
    expect(await errorOf(world.target({}, { secret }).preflight(never()))).toMatchObject({
      message: expect.stringContaining(`and the token is in secret ${SECRET_ARN}`),
    });
  });

  it.each([
    ['another secret', { AWS_SECRET_ACCESS_KEY: randomKeys().secretAccessKey }, 'InvalidSignatureException'],
    ['another id', { AWS_ACCESS_KEY_ID: randomKeys().accessKeyId }, 'UnrecognizedClientException'],
  ])('refuses keys that AWS does not know: %s', async (_, variables, name) => {
    const agent = new Agent(world.surroundings.agent.options);
    await withEnvironment(variables, async () => {
      expect(await errorOf(world.target({}, { agentFor: () => agent }).preflight(never()))).toMatchObject({
        code: 'target_refused',
        message: `Target checkout: AWS does not accept the credentials used for ecs:DescribeServices (${name}).`,
      });
    });
  });

  it('sends nothing to an endpoint without TLS that the environment names', async () => {
    const target = world.target({ endpoint: 'http://127.0.0.1:9' });
    expect(await errorOf(target.preflight(never()))).toMatchObject({
      code: 'target_refused',
      message: 'Target checkout: the endpoint of Amazon ECS is not https.',
    });
  });

  it('keeps the words of an answer that is not of AWS to itself', async () => {
    world.ecs.faults.inject('DescribeServices', { effect: 'garbled' }, 3);
    const error = await errorOf(world.target().preflight(never()));
    expect(error).toMatchObject({ code: 'target_failed', retryable: true });
    expect(everythingIn(error)).not.toContain('It works!');
  });
});
