import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  type SecretsManagerClient,
  TagResourceCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { fingerprintOf } from '../../src/rotation/secret.js';
import { send } from './client.js';
import {
  randomKeys,
  randomValue,
  REGION,
  SecretsManagerWorld,
  versionToken,
} from './secrets-manager-world.js';

let world: SecretsManagerWorld;
let client: SecretsManagerClient;
let count = 0;

beforeAll(async () => {
  world = await SecretsManagerWorld.start();
  client = world.client();
});
afterEach(() => world.server.faults.clear());
afterAll(() => world.close());

function freshName(): string {
  count += 1;
  return `apm/secret-${count}`;
}

async function createdSecret(
  value: string = randomValue(),
): Promise<{ name: string; first: string; value: string }> {
  const name = freshName();
  const first = versionToken();
  await client.send(new CreateSecretCommand({ Name: name, ClientRequestToken: first, SecretString: value }));
  return { name, first, value };
}

async function putVersion(name: string, stages?: string[], value = randomValue()): Promise<string> {
  const token = versionToken();
  await client.send(
    new PutSecretValueCommand({
      SecretId: name,
      ClientRequestToken: token,
      SecretString: value,
      ...(stages && { VersionStages: stages }),
    }),
  );
  return token;
}

async function get(name: string, by: { VersionId?: string; VersionStage?: string } = {}): Promise<string> {
  const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: name, ...by }));
  return SecretString;
}

const refused = (name: string) => expect.objectContaining({ name });

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
    expect(await get(name)).toBe(value);
    expect(await get(ARN)).toBe(value);
    expect(await get(ARN.slice(0, -7))).toBe(value);
    await client.send(new TagResourceCommand({ SecretId: name, Tags: [{ Key: 'env', Value: 'prod' }] }));
    expect(world.server.secret(name).tags()).toEqual({ team: 'checkout', env: 'prod' });
  });

  it('answers the same request again as the first time, and refuses a taken name otherwise', async () => {
    const { name, first, value } = await createdSecret();
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
    await expect(get(name)).rejects.toEqual(refused('ResourceNotFoundException'));
    const version = await putVersion(name, ['mine']);
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
    const { name, first } = await createdSecret();
    const value = randomValue();
    const request = { SecretId: name, ClientRequestToken: versionToken(), SecretString: value };
    await client.send(new PutSecretValueCommand(request));
    expect(await client.send(new PutSecretValueCommand(request))).toMatchObject({
      VersionStages: ['AWSCURRENT'],
    });
    await expect(
      client.send(new PutSecretValueCommand({ ...request, SecretString: randomValue() })),
    ).rejects.toEqual(refused('ResourceExistsException'));
    expect(await get(name)).toBe(value);
    expect(world.server.secret(name).labels()['AWSPREVIOUS']).toBe(first);
  });

  it('moves AWSCURRENT without being told to, and AWSPREVIOUS behind it', async () => {
    const { name, first, value } = await createdSecret();
    const second = await putVersion(name);
    expect(world.server.secret(name).labels()).toEqual({ AWSCURRENT: second, AWSPREVIOUS: first });
    expect(await get(name, { VersionStage: 'AWSPREVIOUS' })).toBe(value);
    const third = await putVersion(name);
    expect(world.server.secret(name).labels()).toEqual({ AWSCURRENT: third, AWSPREVIOUS: second });
  });

  it('leaves the current version alone where another label is asked for', async () => {
    const { name, first, value } = await createdSecret();
    const staged = await putVersion(name, ['mine']);
    expect(await get(name)).toBe(value);
    expect(world.server.secret(name).labels()).toEqual({ AWSCURRENT: first, mine: staged });
  });

  it('moves AWSCURRENT only for a caller who knows where it is', async () => {
    const { name, first } = await createdSecret();
    const staged = await putVersion(name, ['mine']);
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
    const { name, first } = await createdSecret();
    const staged = await putVersion(name, ['mine']);
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
    const { name } = await createdSecret();
    for (let label = 1; label < 20; label += 1) await putVersion(name, [`label-${label}`]);
    await expect(putVersion(name, ['one-too-many'])).rejects.toEqual(refused('LimitExceededException'));
    expect(world.server.secret(name).versions()).toHaveLength(20);

    for (let version = 20; version < 100; version += 1) await putVersion(name, ['label-1']);
    await expect(putVersion(name, ['label-1'])).rejects.toEqual(refused('LimitExceededException'));
  });

  it('keeps bytes that are no text', async () => {
    const { name } = await createdSecret();
    const bytes = randomBytes(16);
    await client.send(new PutSecretValueCommand({ SecretId: name, SecretBinary: bytes }));
    const { SecretBinary, SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }));
    expect(Buffer.from(SecretBinary ?? [])).toEqual(bytes);
    expect(SecretString).toBeUndefined();
  });
});

describe('a secret that goes, or that others own', () => {
  it('shows a scheduled deletion, gives no value and takes no write, and keeps the name', async () => {
    const { name } = await createdSecret();
    const before = Date.now();
    await client.send(new DeleteSecretCommand({ SecretId: name, RecoveryWindowInDays: 7 }));
    const { DeletedDate } = await client.send(new DescribeSecretCommand({ SecretId: name }));
    expect(DeletedDate?.getTime()).toBeGreaterThanOrEqual(before + 7 * 24 * 3_600_000);
    for (const command of [
      () => get(name),
      () => putVersion(name),
      () => client.send(new CreateSecretCommand({ Name: name, SecretString: randomValue() })),
    ]) {
      await expect(command()).rejects.toEqual(refused('InvalidRequestException'));
    }
    await client.send(new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true }));
    await expect(get(name)).rejects.toEqual(refused('ResourceNotFoundException'));
  });

  it('describes who rotates, owns or replicates it, and refuses writes to a replica', async () => {
    const name = freshName();
    world.server.seed(
      name,
      { text: randomValue() },
      { region: REGION, rotationEnabled: true, owningService: 'rds', primaryRegion: 'us-east-1' },
    );
    expect(await client.send(new DescribeSecretCommand({ SecretId: name }))).toMatchObject({
      RotationEnabled: true,
      OwningService: 'rds',
      PrimaryRegion: 'us-east-1',
    });
    await expect(putVersion(name)).rejects.toEqual(refused('InvalidRequestException'));
  });
});

describe('reads that lag behind', () => {
  it('show the world before the write for a number of reads, by label and by version', async () => {
    const { name, first, value } = await createdSecret();
    world.server.faults.lag({ reads: 3 });
    const second = await putVersion(name);
    expect(await get(name)).toBe(value);
    await expect(get(name, { VersionId: second })).rejects.toEqual(refused('ResourceNotFoundException'));
    const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId: name }));
    expect(VersionIdsToStages).toEqual({ [first]: ['AWSCURRENT'] });

    expect(await get(name)).not.toBe(value);
    expect(await get(name, { VersionId: first })).toBe(value);
  });

  it('show that there is no secret yet after its creation', async () => {
    world.server.faults.lag({ reads: 1 });
    const { name, value } = await createdSecret();
    await expect(get(name)).rejects.toEqual(refused('ResourceNotFoundException'));
    expect(await get(name)).toBe(value);
  });

  it('end after a number of milliseconds', async () => {
    const { name, value } = await createdSecret();
    world.server.faults.lag({ ms: 60_000 });
    await putVersion(name);
    for (let read = 0; read < 5; read += 1) expect(await get(name)).toBe(value);

    world.server.faults.clear();
    world.server.faults.lag({ ms: 0 });
    const next = randomValue();
    await putVersion(name, undefined, next);
    expect(await get(name)).toBe(next);
  });

  it('never mislead a write', async () => {
    const { name, first } = await createdSecret();
    const staged = await putVersion(name, ['mine']);
    world.server.faults.lag({ reads: 1000 });
    await client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: name,
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: staged,
        RemoveFromVersionId: first,
      }),
    );
    expect(world.server.secret(name).labels()['AWSCURRENT']).toBe(staged);
  });
});

describe('faults', () => {
  it.each([
    'AccessDeniedException',
    'ThrottlingException',
    'InternalServiceError',
    'DecryptionFailure',
    'EncryptionFailure',
    'LimitExceededException',
  ] as const)('answer %s and change nothing', async (type) => {
    const { name, value } = await createdSecret();
    world.server.faults.inject('PutSecretValue', { effect: 'error', type });
    await expect(putVersion(name)).rejects.toEqual(refused(type));
    expect(world.server.secret(name).current()).toBe(value);
    await putVersion(name);
    expect(world.server.secret(name).current()).not.toBe(value);
  });

  it('lose a reply after the write, or cut the connection before it', async () => {
    const { name, value } = await createdSecret();
    world.server.faults.inject('PutSecretValue', { effect: 'cut' });
    await expect(putVersion(name)).rejects.toThrow();
    expect(world.server.secret(name).current()).toBe(value);

    world.server.faults.inject('PutSecretValue', { effect: 'lost' });
    const next = randomValue();
    await expect(putVersion(name, undefined, next)).rejects.toThrow();
    expect(world.server.secret(name).current()).toBe(next);
    const fates = world.ledger.of('secrets-manager.request').map(({ reply }) => reply);
    expect(fates.slice(-2)).toEqual(['cut', 'lost']);
  });

  it('answer late, or in something that is not JSON', async () => {
    const { name } = await createdSecret();
    world.server.faults.inject('GetSecretValue', { effect: 'delay', ms: 80 });
    const began = performance.now();
    await get(name);
    expect(performance.now() - began).toBeGreaterThanOrEqual(79);
    world.server.faults.inject('GetSecretValue', { effect: 'garbled' });
    await expect(get(name)).rejects.toThrow();
  });

  it('call a hook after the request has come and before it has any effect', async () => {
    const { name, value } = await createdSecret();
    const seen: unknown[] = [];
    world.server.faults.beforeHandling((operation, secretId) => {
      seen.push([operation, secretId, world.server.secret(name).current()]);
      return Promise.resolve();
    });
    await putVersion(name);
    expect(seen).toEqual([['PutSecretValue', name, value]]);
  });

  it('let somebody else put a value of their own', async () => {
    const { name, first } = await createdSecret();
    const value = world.server.moveLabelBySomeoneElse(name);
    expect(await get(name)).toBe(value);
    expect(world.server.secret(name).labels()['AWSPREVIOUS']).toBe(first);
  });
});

it('keeps fingerprints in its ledger and never a value', async () => {
  const { name, value } = await createdSecret();
  await get(name);
  const entries = world.ledger.of('secrets-manager.request').slice(-2);
  expect(entries.map(({ operation, fingerprint }) => [operation, fingerprint])).toEqual([
    ['CreateSecret', fingerprintOf(value)],
    ['GetSecretValue', fingerprintOf(value)],
  ]);
  expect(JSON.stringify(world.ledger.entries)).not.toContain(value);
});
