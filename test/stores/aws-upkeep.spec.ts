import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mintToken } from '../../src/rotation/tokens.js';
import type { StoreConfig } from '../../src/stores/index.js';
import { judged } from '../../src/stores/aws-secrets-manager/resource-policy.js';
import { stageKey } from '../contracts/store-bench.js';
import { freshName, REGION } from '../sandbox/secrets-manager-world.js';
import { AwsWorld } from './aws-world.js';

const never = new AbortController().signal;
let world: AwsWorld;
let name: string;

beforeAll(async () => {
  world = await AwsWorld.start();
});
beforeEach(() => {
  name = freshName();
  world.server.seed(name, { text: mintToken().reveal() }, { region: REGION });
});
afterEach(() => world.server.faults.clear());
afterAll(() => world.close());

const secret = () => world.server.secret(name);
const arrange = async (over: Partial<StoreConfig>) => world.store(name, over).arrange?.(never);
const callsOf = (operation: string): number =>
  world.sandbox.ledger.of('secrets-manager.request').filter((one) => one.operation === operation).length;

describe('declared tags', () => {
  it('are put on where they are missing or differ, and no other tag is touched', async () => {
    await arrange({ tags: { team: 'search', cost: '7' } });
    expect(await arrange({ tags: { team: 'shop' } })).toEqual([]);
    expect(secret().tags()).toEqual({ team: 'shop', cost: '7' });
  });

  it('are not written again where they are as declared', async () => {
    await arrange({ tags: { team: 'shop' } });
    const before = callsOf('TagResource');
    await arrange({ tags: { team: 'shop' } });
    expect(callsOf('TagResource')).toBe(before);
  });

  it('are on a secret that Rotor creates, beside its own', async () => {
    name = freshName();
    const store = world.store(name, { tags: { team: 'shop' }, replicaRegions: ['us-west-2'] });
    expect(await store.arrange?.(never)).toEqual([]);
    await store.stage(stageKey(), mintToken(), null, never);
    expect(secret().tags()).toEqual({ team: 'shop', 'managed-by': 'rotor' });
    expect(secret().replicas()).toEqual(['us-west-2']);
  });

  it('that may not be written keep no run from starting, and are told', async () => {
    world.failEachTry('TagResource', { effect: 'error', type: 'AccessDeniedException' });
    expect(await arrange({ tags: { team: 'shop' } })).toEqual([
      `AWS denies secretsmanager:TagResource on secret ${name} in ${REGION}. Allow secretsmanager:TagResource on ` +
        "this secret, in the policy of Rotor's role and of the secret.",
    ]);
    world.server.faults.clear();
    world.failEachTry('TagResource', { effect: 'error', type: 'ThrottlingException' });
    await expect(arrange({ tags: { team: 'shop' } })).rejects.toMatchObject({ retryable: true });
  });
});

describe('a quota of AWS', () => {
  it('keeps no run from starting for a tag or a replica, and says which one it may be', async () => {
    world.failEachTry('TagResource', { effect: 'error', type: 'LimitExceededException' });
    world.failEachTry('ReplicateSecretToRegions', { effect: 'error', type: 'LimitExceededException' });
    expect(await arrange({ tags: { team: 'shop' }, replicaRegions: ['us-west-2'] })).toEqual([
      `A quota of AWS stops TagResource on secret ${name} in ${REGION}. A secret has 50 tags at most: remove some, or ` +
        'declare fewer.',
      `A quota of AWS stops ReplicateSecretToRegions on secret ${name} in ${REGION}. A replica counts among the ` +
        'secrets of its region: see the quotas of Secrets Manager there.',
    ]);
  });

  it('is waited for where a version is written', async () => {
    world.failEachTry('PutSecretValue', { effect: 'error', type: 'LimitExceededException' });
    const staged = world.store(name).stage(stageKey(), mintToken(), null, never);
    await expect(staged).rejects.toMatchObject({
      retryable: true,
      hint: expect.stringContaining('100 versions'),
    });
  });
});

describe('declared replicas', () => {
  const replicaRegions = ['us-west-2', 'eu-west-1'];

  it('are made where they are missing, once', async () => {
    await arrange({ replicaRegions: ['eu-west-1'] });
    const before = callsOf('ReplicateSecretToRegions');
    expect(await arrange({ replicaRegions })).toEqual([]);
    expect(secret().replicas().toSorted()).toEqual(['eu-west-1', 'us-west-2']);
    await arrange({ replicaRegions });
    expect(callsOf('ReplicateSecretToRegions') - before).toBe(1);
  });

  it('are made by no preflight', async () => {
    expect(await world.store(name, { replicaRegions }).preflight(never)).toEqual([]);
    expect(secret().replicas()).toEqual([]);
  });

  it('are seen with each look at the secret, as AWS shows them', async () => {
    const store = world.store(name, { replicaRegions });
    const states = async () => (await store.heads(never)).replicas?.map(({ state }) => state);
    expect(await states()).toEqual(['missing', 'missing']);
    world.server.faults.replication({ ms: 60_000 });
    await arrange({ replicaRegions: ['us-west-2'] });
    expect(await states()).toEqual(['in_progress', 'missing']);
    world.server.faults.replication({ failed: 'Access denied to the KMS key.' });
    expect((await store.heads(never)).replicas?.[0]).toEqual({
      place: 'us-west-2',
      state: 'failed',
      why: 'Access denied to the KMS key.',
    });
    world.server.faults.replication(undefined);
    expect(await states()).toEqual(['in_sync', 'missing']);
    expect((await world.store(name).heads(never)).replicas).toBeUndefined();
  });

  it('that have failed are told in the preflight, in words of AWS', async () => {
    await arrange({ replicaRegions: ['us-west-2'] });
    world.server.faults.replication({ failed: 'Access denied to the KMS key.' });
    expect(await world.store(name, { replicaRegions }).preflight(never)).toEqual([
      `The replica of secret ${name} in ${REGION} in us-west-2 has failed (Access denied to the KMS key): ` +
        'see aws secretsmanager describe-secret.',
    ]);
  });

  it('that AWS refuses to make are told', async () => {
    expect(await arrange({ replicaRegions: [REGION] })).toEqual([
      expect.stringMatching(/^AWS does not accept the parameters of ReplicateSecretToRegions on secret/),
    ]);
  });
});

describe('the resource policy of the secret', () => {
  const preflightWith = async (statement: object, over: Partial<StoreConfig> = {}) => {
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: statement });
    world.server.seed(name, undefined, { region: REGION, policy });
    return world.store(name, over).preflight(never);
  };
  const deny = { Sid: 'no', Effect: 'Deny', Principal: '*', Action: 'secretsmanager:*', Resource: '*' };
  const allow = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'secretsmanager:Get*', Resource: '*' };

  it('is told where it lets everybody read', async () => {
    expect(await preflightWith(allow)).toEqual([
      `The resource policy of secret ${name} in ${REGION} lets everybody read it: name who may, or add a condition.`,
    ]);
  });

  it.each([
    ['names who may', { ...allow, Principal: { AWS: 'arn:aws:iam::000000000000:role/web' } }],
    ['has a condition', { ...allow, Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } }],
    ['is about other actions', { ...allow, Action: ['secretsmanager:DescribeSecret'] }],
    ['denies what Rotor does not do', { ...deny, Action: 'secretsmanager:DeleteSecret' }],
    ['denies all but what Rotor does', { ...deny, Action: undefined, NotAction: 'secretsmanager:*' }],
    ['denies another secret', { ...deny, Resource: 'arn:aws:secretsmanager:*:*:secret:other-*' }],
    ['denies a service', { ...deny, Principal: { Service: 'lambda.amazonaws.com' } }],
  ])('says nothing where it %s', async (_what, statement) => {
    expect(await preflightWith(statement)).toEqual([]);
  });

  it.each([
    ['everybody', deny],
    ['everybody, by one action', { ...deny, Action: ['secretsmanager:PUTSecretValue'] }],
    ['everybody, by what it leaves out', { ...deny, Action: undefined, NotAction: 'kms:*' }],
    ['the role that Rotor takes on', { ...deny, Principal: { AWS: 'arn:aws:iam::000000000000:role/rotor' } }],
    ['its account', { ...deny, Principal: { AWS: ['000000000000'] } }],
  ])('refuses the run where it denies %s', (_what, statement) => {
    const about = {
      place: 'secret x',
      secret: { ARN: 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:x-abcdef' },
      credentials: { roleArn: 'arn:aws:iam::000000000000:role/rotor' },
    };
    expect(() => judged(JSON.stringify({ Statement: [statement] }), about)).toThrow(
      /^The resource policy of secret x denies Rotor secretsmanager:\w+ \(statement no\)\.$/,
    );
  });

  it('refuses a run in the preflight, before anything was sent', async () => {
    await expect(preflightWith(deny)).rejects.toMatchObject({ code: 'store_refused', retryable: false });
  });

  it.each([
    ['has a condition', { ...deny, Condition: { Bool: { 'aws:SecureTransport': 'false' } } }],
    ['names somebody who may be Rotor', { ...deny, Principal: { AWS: 'arn:aws:iam::000000000000:role/x' } }],
    ['names who is left out', { ...deny, Principal: undefined, NotPrincipal: { AWS: '000000000000' } }],
  ])('is told where its deny %s', async (_what, statement) => {
    expect(await preflightWith(statement)).toEqual([
      `The resource policy of secret ${name} in ${REGION} may deny Rotor secretsmanager:DescribeSecret (statement no): see that it means others.`,
    ]);
  });

  it('need not be readable', async () => {
    world.failEachTry('GetResourcePolicy', { effect: 'error', type: 'AccessDeniedException' });
    expect(await preflightWith(deny)).toEqual([]);
  });
});
