import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  TagResourceCommand,
  UpdateSecretVersionStageCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { send } from './client.js';
import {
  freshName,
  randomKeys,
  randomValue,
  refused,
  REGION,
  versionToken,
  SecretsManagerWorld,
} from './secrets-manager-world.js';

let world: SecretsManagerWorld;
let client: SecretsManagerClient;

beforeAll(async () => {
  world = await SecretsManagerWorld.start();
  client = world.client();
});
afterEach(() => world.server.faults.clear());
afterAll(() => world.close());

describe('who may ask', () => {
  it('refuses a request without a signature', async () => {
    const answer = await send(world.agent.options.ca as string, world.server.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'secretsmanager.DescribeSecret' },
      body: '{}',
    });
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
  });

  it('refuses an access key that it does not know', async () => {
    const stranger = world.client(randomKeys());
    await expect(stranger.send(new DescribeSecretCommand({ SecretId: 'apm/any' }))).rejects.toEqual(
      refused('UnrecognizedClientException'),
    );
  });

  it('refuses a signature that was made with another secret key', async () => {
    const forger = world.client({ ...randomKeys(), accessKeyId: world.keys.accessKeyId });
    await expect(forger.send(new DescribeSecretCommand({ SecretId: 'apm/any' }))).rejects.toEqual(
      refused('InvalidSignatureException'),
    );
  });

  it('does not know an operation outside of its list', async () => {
    await expect(client.send(new RestoreSecretCommand({ SecretId: 'apm/any' }))).rejects.toEqual(
      refused('UnknownOperationException'),
    );
  });
});

describe('creating a secret', () => {
  it('makes the first version current and keeps the tags', async () => {
    const name = freshName();
    const value = randomValue();
    const Tags = [{ Key: 'team', Value: 'checkout' }];
    const { ARN = '' } = await client.send(
      new CreateSecretCommand({ Name: name, SecretString: value, Tags }),
    );

    expect(ARN).toMatch(
      new RegExp(`^arn:aws:secretsmanager:${REGION}:\\d{12}:secret:${name}-[0-9A-Za-z]{6}$`),
    );
    expect(await world.get(name)).toBe(value);
    expect(await world.get(ARN)).toBe(value);
    expect(await world.get(ARN.slice(0, -7))).toBe(value);
    await client.send(new TagResourceCommand({ SecretId: name, Tags: [{ Key: 'env', Value: 'prod' }] }));
    expect(world.server.secret(name).tags()).toEqual({ team: 'checkout', env: 'prod' });
  });

  it('answers the same request again as the first time, and refuses a taken name otherwise', async () => {
    const { name, first, value } = await world.createdSecret();
    const again = { Name: name, ClientRequestToken: first, SecretString: value };
    expect(await client.send(new CreateSecretCommand(again))).toMatchObject({ VersionId: first });
    for (const other of [{ SecretString: randomValue() }, { ClientRequestToken: versionToken() }]) {
      await expect(client.send(new CreateSecretCommand({ ...again, ...other }))).rejects.toEqual(
        refused('ResourceExistsException'),
      );
    }
    expect(world.server.secret(name).versions()).toHaveLength(1);
  });

  it('gives the first version of an empty secret AWSCURRENT, whatever labels were asked for', async () => {
    const name = freshName();
    await client.send(new CreateSecretCommand({ Name: name }));
    await expect(world.get(name)).rejects.toEqual(refused('ResourceNotFoundException'));
    const version = await world.putVersion(name, ['mine']);
    expect(world.server.secret(name).labels()).toEqual({ AWSCURRENT: version, mine: version });
  });

  it.each([
    ['a value of 65,537 bytes', { SecretString: 'x'.repeat(65_537) }],
    ['an empty value', { SecretString: '' }],
    ['a token of 31 characters', { ClientRequestToken: 'a'.repeat(31), SecretString: 'x' }],
    ['a name with a space', { Name: 'apm token', SecretString: 'x' }],
  ])('refuses %s', async (_what, over) => {
    const name = freshName();
    await expect(client.send(new CreateSecretCommand({ Name: name, ...over }))).rejects.toEqual(
      refused('ValidationException'),
    );
    expect(world.server.secret(name).arn).toBeUndefined();
  });
});

describe('versions and labels', () => {
  it('never changes a version: the same data is fine, other data is refused', async () => {
    const { name, first } = await world.createdSecret();
    const value = randomValue();
    const request = { SecretId: name, ClientRequestToken: versionToken(), SecretString: value };
    await client.send(new PutSecretValueCommand(request));
    expect(await client.send(new PutSecretValueCommand(request))).toMatchObject({
      VersionStages: ['AWSCURRENT'],
    });
    await expect(
      client.send(new PutSecretValueCommand({ ...request, SecretString: randomValue() })),
    ).rejects.toEqual(refused('ResourceExistsException'));
    expect(await world.get(name)).toBe(value);
    expect(world.server.secret(name).labels()['AWSPREVIOUS']).toBe(first);
  });

  it('moves AWSCURRENT without being told to, and AWSPREVIOUS behind it', async () => {
    const { name, first, value } = await world.createdSecret();
    const second = await world.putVersion(name);
    expect(world.server.secret(name).labels()).toEqual({ AWSCURRENT: second, AWSPREVIOUS: first });
    expect(await world.get(name, { VersionStage: 'AWSPREVIOUS' })).toBe(value);
    const third = await world.putVersion(name);
    expect(world.server.secret(name).labels()).toEqual({ AWSCURRENT: third, AWSPREVIOUS: second });
  });

  it('leaves the current version alone where another label is asked for', async () => {
    const { name, first, value } = await world.createdSecret();
    const staged = await world.putVersion(name, ['mine']);
    expect(await world.get(name)).toBe(value);
    expect(world.server.secret(name).labels()).toEqual({ AWSCURRENT: first, mine: staged });
  });

  it('moves AWSCURRENT only for a caller who knows where it is', async () => {
    const { name, first } = await world.createdSecret();
    const staged = await world.putVersion(name, ['mine']);
    const move = { SecretId: name, VersionStage: 'AWSCURRENT', MoveToVersionId: staged };
    for (const guess of [undefined, staged, versionToken()]) {
      const input = { ...move, ...(guess !== undefined && { RemoveFromVersionId: guess }) };
      await expect(client.send(new UpdateSecretVersionStageCommand(input))).rejects.toEqual(
        refused('InvalidParameterException'),
      );
    }
    await client.send(new UpdateSecretVersionStageCommand({ ...move, RemoveFromVersionId: first }));
    expect(world.server.secret(name).labels()).toEqual({
      AWSCURRENT: staged,
      AWSPREVIOUS: first,
      mine: staged,
    });
    await client.send(
      new UpdateSecretVersionStageCommand({ ...move, MoveToVersionId: first, RemoveFromVersionId: staged }),
    );
    expect(world.server.secret(name).labels()).toEqual({
      AWSCURRENT: first,
      AWSPREVIOUS: staged,
      mine: staged,
    });
  });

  it('takes a label off, but never AWSCURRENT, and lists what has none as deprecated', async () => {
    const { name, first } = await world.createdSecret();
    const staged = await world.putVersion(name, ['mine']);
    const remove = (VersionStage: string, RemoveFromVersionId: string) =>
      client.send(new UpdateSecretVersionStageCommand({ SecretId: name, VersionStage, RemoveFromVersionId }));
    await expect(remove('AWSCURRENT', first)).rejects.toEqual(refused('InvalidParameterException'));
    await expect(remove('mine', first)).rejects.toEqual(refused('InvalidParameterException'));
    await remove('mine', staged);

    const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId: name }));
    expect(VersionIdsToStages).toEqual({ [first]: ['AWSCURRENT'] });
    const list = async (IncludeDeprecated: boolean): Promise<(string | undefined)[]> => {
      const input = { SecretId: name, IncludeDeprecated };
      const { Versions = [] } = await client.send(new ListSecretVersionIdsCommand(input));
      return Versions.map(({ VersionId }) => VersionId);
    };
    expect(await list(false)).toEqual([first]);
    expect(await list(true)).toEqual([first, staged]);
  });

  it('has room for 20 labels and for 100 versions of one day', async () => {
    const { name } = await world.createdSecret();
    for (let label = 1; label < 20; label += 1) await world.putVersion(name, [`label-${label}`]);
    await expect(world.putVersion(name, ['one-too-many'])).rejects.toEqual(refused('LimitExceededException'));
    expect(world.server.secret(name).versions()).toHaveLength(20);

    for (let version = 20; version < 100; version += 1) await world.putVersion(name, ['label-1']);
    await expect(world.putVersion(name, ['label-1'])).rejects.toEqual(refused('LimitExceededException'));
  });

  it('keeps bytes that are no text', async () => {
    const { name } = await world.createdSecret();
    const bytes = randomBytes(16);
    await client.send(new PutSecretValueCommand({ SecretId: name, SecretBinary: bytes }));
    const { SecretBinary, SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }));
    expect(Buffer.from(SecretBinary ?? [])).toEqual(bytes);
    expect(SecretString).toBeUndefined();
  });
});
