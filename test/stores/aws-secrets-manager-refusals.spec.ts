import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mintToken } from '../../src/rotation/tokens.js';
import type { SecretTraits } from '../../src/sandbox/secrets-manager/index.js';
import { createStore, storeConfig, type StoreConfig } from '../../src/stores/index.js';
import type { Store, VersionId } from '../../src/stores/store.js';
import { stageKey } from '../contracts/store-bench.js';
import { freshName, REGION } from '../sandbox/secrets-manager-world.js';
import { AwsWorld } from './aws-world.js';

const signal = new AbortController().signal;
let world: AwsWorld;
let name: string;
let store: Store;

beforeAll(async () => {
  world = await AwsWorld.start();
});
beforeEach(() => {
  name = freshName();
  store = world.store(name);
});
afterAll(() => world.close());

const currentOf = (): VersionId => world.server.secret(name).labels()['AWSCURRENT'] as VersionId;

/** Of a store in front of `apm/token`. */
function keyOf(over: Partial<StoreConfig>): string {
  const config: StoreConfig = { type: 'aws-secrets-manager', secretId: 'apm/token', ...over };
  return createStore(config, { agent: world.sandbox.agent }).key;
}

describe('preflight', () => {
  it('refuses a secret in which AWS has no room for what a rotation writes, before anything is sent', async () => {
    const put = async (): Promise<void> =>
      void (await world.sandbox.client().send(
        new PutSecretValueCommand({
          SecretId: name,
          ClientRequestToken: randomUUID(),
          SecretString: 'x',
          VersionStages: ['a'],
        }),
      ));
    world.server.seed(name, { text: 'x' }, { region: REGION });
    for (let versions = world.server.secret(name).versions().length; versions < 97; versions += 1)
      await put();
    await store.preflight(signal);
    await put();
    await expect(store.preflight(signal)).rejects.toMatchObject({
      code: 'store_unavailable',
      retryable: true,
      message: expect.stringContaining(
        'has 98 versions that AWS keeps, and a rotation needs room for 3 more of 100',
      ),
    });
  });

  it('goes on where it may not list the versions', async () => {
    world.server.seed(name, { text: 'x' }, { region: REGION });
    world.server.faults.inject('ListSecretVersionIds', { effect: 'error', type: 'AccessDeniedException' }, 3);
    expect(await store.preflight(signal)).toEqual([]);
  });

  it.each<[string, SecretTraits, string, string]>([
    ['that AWS rotates', { rotationEnabled: true }, 'is rotated by AWS itself', 'cancel-rotate-secret'],
    ['of an AWS service', { owningService: 'rds' }, 'is managed by the AWS service rds', 'no AWS service'],
    [
      'that is a replica',
      { primaryRegion: 'us-east-1' },
      'is a replica of the secret in us-east-1',
      'us-east-1',
    ],
  ])('refuses a secret %s', async (_what, traits, because, hint) => {
    world.server.seed(name, { text: mintToken().reveal() }, { region: REGION, ...traits });
    await expect(store.preflight(signal)).rejects.toMatchObject({
      code: 'store_refused',
      message: expect.stringMatching(`^secret ${name} in ${REGION} ${because}`),
      hint: expect.stringMatching(hint),
    });
  });

  it('takes a secret that AWS rotates where AWS drives', async () => {
    world.server.seed(name, { text: mintToken().reveal() }, { region: REGION, rotationEnabled: true });
    expect(await world.store(name, { drivenBy: 'aws' }).preflight(signal)).toEqual([]);
  });

  it('refuses a secret that is scheduled for deletion, as every other call does', async () => {
    world.server.seed(name, { text: mintToken().reveal() }, { region: REGION });
    const version = currentOf();
    await world.sandbox.scheduleDeletion(name);
    for (const call of [
      () => store.preflight(signal),
      () => store.heads(signal),
      () => store.stage(stageKey(), mintToken(), null, signal),
      () => store.read(version, signal),
    ]) {
      await expect(call()).rejects.toMatchObject({
        code: 'store_refused',
        hint: expect.stringMatching(/restore/i),
      });
    }
    await expect(store.heads(signal)).rejects.toMatchObject({
      message: expect.stringMatching(/is scheduled for deletion on \d{4}-\d\d-\d\d\.$/),
    });
  });

  it('passes a primary secret that has replicas', async () => {
    world.server.seed(name, { text: mintToken().reveal() }, { region: REGION, primaryRegion: REGION });
    await expect(store.preflight(signal)).resolves.toEqual([]);
  });
});

describe('the key that is locked', () => {
  it('is the secret: the same by name, by ARN and for two keys in its JSON', () => {
    const arn = `arn:aws:secretsmanager:${REGION}:000000000000:secret:apm/token-AbCdEf`;
    const keys = [
      keyOf({ region: REGION }),
      keyOf({ secretId: arn }),
      keyOf({ region: REGION, key: 'one' }),
      keyOf({ region: REGION, key: 'two' }),
    ];
    expect(new Set(keys)).toEqual(new Set([`aws-secrets-manager:${REGION}:apm/token`]));
  });

  it('differs by name and by region', () => {
    const keys = [
      keyOf({ region: REGION }),
      keyOf({ region: 'us-east-1' }),
      keyOf({ region: REGION, secretId: 'apm/other' }),
    ];
    expect(new Set(keys).size).toBe(3);
  });
});

describe('the config', () => {
  const least = { type: 'aws-secrets-manager', secretId: 'apm/token' };

  it.each([
    ['a plain http endpoint', { endpoint: 'http://127.0.0.1:4566' }],
    ['a field that it does not know', { secretName: 'apm/token' }],
    ['an empty secret id', { secretId: '' }],
    ['a region that is none', { region: 'Frankfurt' }],
    ['another kind of store', { type: 'vault' }],
  ])('refuses %s', (_what, over) => {
    expect(storeConfig.safeParse(least).success).toBe(true);
    expect(storeConfig.safeParse({ ...least, ...over }).success).toBe(false);
  });
});

it('loads the SDK with the first call and not with the module', async () => {
  const folder = new URL('../../src/stores/', import.meta.url);
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(5);
  for (const file of files) {
    const text = await readFile(new URL(file, folder), 'utf8');
    expect(text).not.toMatch(/^import (?!type)[^;]*from '@(aws-sdk|smithy)/m);
  }
});
