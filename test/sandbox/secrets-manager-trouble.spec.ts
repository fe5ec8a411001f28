import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  PutSecretValueCommand,
  UpdateSecretVersionStageCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { fingerprintOf } from '../../src/rotation/secret.js';
import { freshName, randomValue, refused, REGION, SecretsManagerWorld } from './secrets-manager-world.js';

let world: SecretsManagerWorld;
let client: SecretsManagerClient;

beforeAll(async () => {
  world = await SecretsManagerWorld.start();
  client = world.client();
});
afterEach(() => world.server.faults.clear());
afterAll(() => world.close());

describe('a secret that goes, or that others own', () => {
  it('shows a scheduled deletion, gives no value and takes no write, and keeps the name', async () => {
    const { name } = await world.createdSecret();
    const before = Date.now();
    await client.send(new DeleteSecretCommand({ SecretId: name, RecoveryWindowInDays: 7 }));
    const { DeletedDate } = await client.send(new DescribeSecretCommand({ SecretId: name }));
    expect(DeletedDate?.getTime()).toBeGreaterThanOrEqual(before + 7 * 24 * 3_600_000);
    for (const command of [
      () => world.get(name),
      () => world.putVersion(name),
      () => client.send(new CreateSecretCommand({ Name: name, SecretString: randomValue() })),
    ]) {
      await expect(command()).rejects.toEqual(refused('InvalidRequestException'));
    }
    await client.send(new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true }));
    await expect(world.get(name)).rejects.toEqual(refused('ResourceNotFoundException'));
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
    await expect(world.putVersion(name)).rejects.toEqual(refused('InvalidRequestException'));
  });
});

describe('reads that lag behind', () => {
  it('show the world before the write for a number of reads, by label and by version', async () => {
    const { name, first, value } = await world.createdSecret();
    world.server.faults.lag({ reads: 3 });
    const before = world.ledger.of('fault').length;
    const second = await world.putVersion(name);
    expect(await world.get(name)).toBe(value);
    await expect(world.get(name, { VersionId: second })).rejects.toEqual(
      refused('ResourceNotFoundException'),
    );
    const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId: name }));
    expect(VersionIdsToStages).toEqual({ [first]: ['AWSCURRENT'] });
    expect(world.ledger.of('fault').slice(before)).toMatchObject(
      Array.from({ length: 3 }, () => ({ effect: 'stale' })),
    );

    expect(await world.get(name)).not.toBe(value);
    expect(await world.get(name, { VersionId: first })).toBe(value);
  });

  it('show that there is no secret yet after its creation', async () => {
    world.server.faults.lag({ reads: 1 });
    const { name, value } = await world.createdSecret();
    await expect(world.get(name)).rejects.toEqual(refused('ResourceNotFoundException'));
    expect(await world.get(name)).toBe(value);
  });

  it('end after a number of milliseconds', async () => {
    const { name, value } = await world.createdSecret();
    world.server.faults.lag({ ms: 60_000 });
    await world.putVersion(name);
    for (let read = 0; read < 5; read += 1) expect(await world.get(name)).toBe(value);

    world.server.faults.clear();
    world.server.faults.lag({ ms: 0 });
    const next = randomValue();
    await world.putVersion(name, undefined, next);
    expect(await world.get(name)).toBe(next);
  });

  it('never mislead a write', async () => {
    const { name, first } = await world.createdSecret();
    const staged = await world.putVersion(name, ['mine']);
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
    const { name, value } = await world.createdSecret();
    world.server.faults.inject('PutSecretValue', { effect: 'error', type });
    await expect(world.putVersion(name)).rejects.toEqual(refused(type));
    expect(world.server.secret(name).current()).toBe(value);
    await world.putVersion(name);
    expect(world.server.secret(name).current()).not.toBe(value);
  });

  it('lose a reply after the write, or cut the connection before it', async () => {
    const { name, value } = await world.createdSecret();
    world.server.faults.inject('PutSecretValue', { effect: 'cut' });
    await expect(world.putVersion(name)).rejects.toBeInstanceOf(Error);
    expect(world.server.secret(name).current()).toBe(value);

    world.server.faults.inject('PutSecretValue', { effect: 'lost' });
    const next = randomValue();
    await expect(world.putVersion(name, undefined, next)).rejects.toBeInstanceOf(Error);
    expect(world.server.secret(name).current()).toBe(next);
    const fates = world.ledger.of('secrets-manager.request').map(({ reply }) => reply);
    expect(fates.slice(-2)).toEqual(['cut', 'lost']);
  });

  it('answer late, or in something that is not JSON', async () => {
    const { name } = await world.createdSecret();
    world.server.faults.inject('GetSecretValue', { effect: 'delay', ms: 80 });
    const began = performance.now();
    await world.get(name);
    expect(performance.now() - began).toBeGreaterThanOrEqual(79);
    world.server.faults.inject('GetSecretValue', { effect: 'garbled' });
    await expect(world.get(name)).rejects.toBeInstanceOf(Error);
  });

  it('write at once and answer late, or piece by piece', async () => {
    const { name } = await world.createdSecret();
    for (const effect of ['answer-late', 'slow-body'] as const) {
      world.server.faults.inject('PutSecretValue', { effect, ms: 80 });
      const next = randomValue();
      const began = performance.now();
      const writing = world.putVersion(name, undefined, next);
      await world.ledger.waitFor(
        (entry) => entry.kind === 'secrets-manager.request' && entry.fingerprint === fingerprintOf(next),
      );
      expect(world.server.secret(name).current()).toBe(next);
      await writing;
      expect(performance.now() - began).toBeGreaterThanOrEqual(79);
    }
  });

  it('break off in the middle of an answer, or leave everything out of it, after the write', async () => {
    const { name } = await world.createdSecret();
    const [first, second] = [randomValue(), randomValue()];
    world.server.faults.inject('PutSecretValue', { effect: 'truncated' });
    await expect(world.putVersion(name, undefined, first)).rejects.toBeInstanceOf(Error);
    expect(world.server.secret(name).current()).toBe(first);
    world.server.faults.inject('PutSecretValue', { effect: 'wrong-schema' });
    await world.putVersion(name, undefined, second);
    expect(world.server.secret(name).current()).toBe(second);
    world.server.faults.inject('GetSecretValue', { effect: 'wrong-schema' });
    expect(await world.get(name)).toBe('');
  });

  it('say nothing at all, and write nothing', async () => {
    const { name, value } = await world.createdSecret();
    world.server.faults.inject('PutSecretValue', { effect: 'silence' });
    const gone = new AbortController();
    const writing = client.send(new PutSecretValueCommand({ SecretId: name, SecretString: randomValue() }), {
      abortSignal: gone.signal,
    });
    await world.ledger.waitFor(
      (entry) => entry.kind === 'secrets-manager.request' && entry.reply === 'cut' && entry.secretId === name,
    );
    gone.abort();
    await expect(writing).rejects.toMatchObject({ name: 'AbortError' });
    expect(world.server.secret(name).current()).toBe(value);
  });

  it('let some pass first, and count what they were applied to', async () => {
    const { name } = await world.createdSecret();
    const denied = { effect: 'error', type: 'AccessDeniedException' } as const;
    const injected = world.server.faults.inject('GetSecretValue', denied, 2, 1);
    await world.get(name);
    expect(injected.hits()).toBe(0);
    await expect(world.get(name)).rejects.toEqual(refused('AccessDeniedException'));
    await expect(world.get(name)).rejects.toEqual(refused('AccessDeniedException'));
    await world.get(name);
    expect(injected.hits()).toBe(2);
  });

  it('call a hook after the request has come and before it has any effect', async () => {
    const { name, value } = await world.createdSecret();
    const seen: unknown[] = [];
    world.server.faults.beforeHandling((operation, secretId) => {
      seen.push([operation, secretId, world.server.secret(name).current()]);
      return Promise.resolve();
    });
    await world.putVersion(name);
    expect(seen).toEqual([['PutSecretValue', name, value]]);
  });

  it('let somebody else put a value of their own', async () => {
    const { name, first } = await world.createdSecret();
    const value = world.server.moveLabelBySomeoneElse(name);
    expect(await world.get(name)).toBe(value);
    expect(world.server.secret(name).labels()['AWSPREVIOUS']).toBe(first);
  });
});

it('keeps fingerprints in its ledger and never a value', async () => {
  const { name, value } = await world.createdSecret();
  await world.get(name);
  const entries = world.ledger.of('secrets-manager.request').slice(-2);
  expect(entries.map(({ operation, fingerprint }) => [operation, fingerprint])).toEqual([
    ['CreateSecret', fingerprintOf(value)],
    ['GetSecretValue', fingerprintOf(value)],
  ]);
  expect(JSON.stringify(world.ledger.entries)).not.toContain(value);
});
