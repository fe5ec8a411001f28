import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Secret } from '../../src/rotation/secret.js';
import { mintToken } from '../../src/rotation/tokens.js';
import type { OperationName } from '../../src/sandbox/secrets-manager/index.js';
import { patiently } from '../../src/stores/aws-secrets-manager/patience.js';
import type { Store, VersionId } from '../../src/stores/store.js';
import { failing, stageKey } from '../contracts/store-bench.js';
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
afterEach(() => world.server.faults.clear());
afterAll(() => world.close());

const secret = () => world.server.secret(name);
const currentOf = (): VersionId => secret().labels()['AWSCURRENT'] as VersionId;

/** How often the service was asked for this operation on the secret of the test. */
function requests(operation: OperationName): number {
  const all = world.sandbox.ledger.of('secrets-manager.request');
  return all.filter((request) => request.operation === operation && request.secretId === name).length;
}

describe('a secret that is not there', () => {
  it('is created with the key, the description and the mark of Rotor', async () => {
    const over = { kmsKeyId: 'alias/rotor', description: 'APM token of checkout' };
    await world.store(name, over).stage(stageKey(), mintToken(), null, signal);
    expect(secret().tags()).toEqual({ 'managed-by': 'rotor' });
    expect(secret().facts()).toMatchObject(over);
  });

  it('gets its label after a crash between its making and the labelling', async () => {
    const key = stageKey();
    const token = mintToken();
    world.failEachTry('UpdateSecretVersionStage', { effect: 'cut' });
    await expect(store.stage(key, token, null, signal)).rejects.toEqual(failing('store_unavailable'));
    expect(Object.keys(secret().labels())).toEqual(['AWSCURRENT']);

    const pin = await world.store(name).stage(key, token, null, signal);
    expect(secret().labels()).toEqual({
      AWSCURRENT: pin.version,
      [`rotor-${key.slice(0, 16)}`]: pin.version,
    });
  });

  it('gets its label also from a second writer with another token', async () => {
    const key = stageKey();
    const token = mintToken();
    world.failEachTry('UpdateSecretVersionStage', { effect: 'cut' });
    await expect(store.stage(key, token, null, signal)).rejects.toEqual(failing('store_unavailable'));
    const pin = await world.store(name).stage(key, mintToken(), null, signal);
    expect(pin.fingerprint).toBe(token.fingerprint);
    expect((await store.heads(signal)).staged).toEqual([pin]);
  });

  it('cannot be created by ARN', async () => {
    const arn = `arn:aws:secretsmanager:${REGION}:000000000000:secret:${name}-AbCdEf`;
    const staged = world.store(arn).stage(stageKey(), mintToken(), null, signal);
    await expect(staged).rejects.toMatchObject({
      code: 'store_missing',
      hint: expect.stringMatching('by name'),
    });
  });

  it('that exists without a value is filled, and its first version is current', async () => {
    world.server.seed(name, undefined, { region: REGION });
    expect(await store.heads(signal)).toEqual({ staged: [] });
    const pin = await store.stage(stageKey(), mintToken(), null, signal);
    expect(await store.heads(signal)).toEqual({ current: pin, staged: [pin] });
  });
});

describe('labels', () => {
  it('are one of its own for each candidate, and never AWSPENDING', async () => {
    world.server.seed(name, { text: mintToken().reveal() }, { region: REGION });
    const keys = [stageKey(), stageKey()];
    for (const key of keys) await store.stage(key, mintToken(), null, signal);
    const labels = Object.keys(secret().labels()).toSorted();
    expect(labels).toEqual(['AWSCURRENT', ...keys.map((key) => `rotor-${key.slice(0, 16)}`)].toSorted());
  });

  it('of others are not taken for its own', async () => {
    world.server.seed(name, { text: mintToken().reveal() }, { region: REGION });
    for (const label of ['AWSPENDING', 'rotor-of-somebody', 'mine']) {
      await world.sandbox.putVersion(name, [label]);
    }
    expect((await store.heads(signal)).staged).toEqual([]);
  });

  it('cost one request to stage, and one to promote or release', async () => {
    world.server.seed(name, { text: mintToken().reveal() }, { region: REGION });
    const before = currentOf();
    const { version } = await store.stage(stageKey(), mintToken(), null, signal);
    await store.promote(version, before, signal);
    await store.release(version, signal);
    expect(requests('PutSecretValue')).toBe(1);
    expect(requests('UpdateSecretVersionStage')).toBe(2);
    expect(requests('DescribeSecret') + requests('GetSecretValue')).toBe(0);
  });
});

describe('a value that is the token', () => {
  it('is taken to the last byte: with a line end it is another token', async () => {
    const token = mintToken();
    world.server.seed(name, { text: `${token.reveal()}\n` }, { region: REGION });
    const { current } = await store.heads(signal);
    expect(current?.fingerprint).toBe(new Secret(`${token.reveal()}\n`).fingerprint);
    expect(current?.fingerprint).not.toBe(token.fingerprint);
  });

  it('is refused where it is bytes', async () => {
    world.server.seed(
      name,
      { binary: Buffer.from(mintToken().reveal()).toString('base64') },
      { region: REGION },
    );
    for (const over of [{}, { key: 'token' }]) {
      await expect(world.store(name, over).heads(signal)).rejects.toMatchObject({
        code: 'store_refused',
        message: expect.stringMatching('holds bytes, not text'),
      });
    }
  });
});

describe('reads that lag', () => {
  beforeEach(() => world.server.seed(name, { text: mintToken().reveal() }, { region: REGION }));

  it('are waited for, and given up as unavailable and not as missing', async () => {
    const { version } = await store.stage(stageKey(), mintToken(), null, signal);
    const notFound = { effect: 'error', type: 'ResourceNotFoundException' } as const;
    world.server.faults.inject('GetSecretValue', notFound, 7);
    await expect(store.read(version, signal)).resolves.toBeInstanceOf(Secret);
    world.server.faults.inject('GetSecretValue', notFound, 8);
    await expect(store.read(version, signal)).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringMatching(`AWS lists version ${version}`),
    });
    world.server.faults.inject('GetSecretValue', notFound, 2 * 8);
    await expect(store.heads(signal)).rejects.toEqual(failing('store_unavailable'));
  });

  it('are waited for no longer than the signal allows', async () => {
    const stop = new AbortController();
    const looking = Promise.allSettled([patiently(() => Promise.resolve(undefined), [600_000], stop.signal)]);
    // By then the first look has been taken, and the pause has begun.
    await setImmediate();
    stop.abort();
    expect(await looking).toMatchObject([{ reason: failing('store_unavailable') }]);
  });

  it('do not make a promotion of its own look like a conflict', async () => {
    const before = currentOf();
    const { version } = await store.stage(stageKey(), mintToken(), null, signal);
    await store.promote(version, before, signal);
    await world.sandbox.putVersion(name, ['mine']);
    world.server.faults.lag({ reads: 4 });
    await world.sandbox.putVersion(name, ['mine']);
    await store.promote(version, before, signal);
    expect(currentOf()).toBe(version);
  });
});
