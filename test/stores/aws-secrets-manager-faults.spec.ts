import { inspect } from 'node:util';
import { Agent } from 'node:https';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RotorError } from '../../src/rotation/errors.js';
import type { Secret } from '../../src/rotation/secret.js';
import { mintToken } from '../../src/rotation/tokens.js';
import type { Fault, OperationName } from '../../src/sandbox/secrets-manager/index.js';
import { createStore } from '../../src/stores/index.js';
import type { Store, VersionId } from '../../src/stores/store.js';
import { stageKey, unknownVersion } from '../contracts/store-bench.js';
import { freshName, randomKeys, REGION } from '../sandbox/secrets-manager-world.js';
import { AwsWorld } from './aws-world.js';
import { withEnvironment } from './environment.js';

const MINUTE_MS = 60_000;
const signal = new AbortController().signal;
let world: AwsWorld;
let name: string;
let store: Store;
let first: Secret;

beforeAll(async () => {
  world = await AwsWorld.start();
});
beforeEach(() => {
  name = freshName();
  first = mintToken();
  world.server.seed(name, { text: first.reveal() }, { region: REGION });
  store = world.store(name);
});
afterEach(() => world.server.faults.clear());
afterAll(() => world.close());

async function failureOf(call: Promise<unknown>): Promise<RotorError> {
  const failure = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure instanceof RotorError) return failure;
  throw new Error(`expected a RotorError, found ${inspect(failure)}`);
}

/** With what is hidden, and to the last depth. */
function whole(error: unknown): string {
  return inspect(error, { depth: Infinity, showHidden: true, maxStringLength: null });
}

const currentOf = (): VersionId => world.server.secret(name).labels()['AWSCURRENT'] as VersionId;
const callsOf: Record<string, () => Promise<unknown>> = {
  DescribeSecret: () => store.heads(signal),
  GetSecretValue: () => store.read(currentOf(), signal),
  PutSecretValue: () => store.stage(stageKey(), mintToken(), null, signal),
  CreateSecret: () => world.store(`${name}-new`).stage(stageKey(), mintToken(), null, signal),
  UpdateSecretVersionStage: () => store.release(unknownVersion(), signal),
};
const OPERATIONS = Object.keys(callsOf) as OperationName[];

describe('an answer that does not come to its end', () => {
  it.each(OPERATIONS.filter((one) => one !== 'CreateSecret'))(
    'to %s is not waited for without end',
    async (operation) => {
      store = world.store(name, {}, 400);
      world.server.faults.inject(operation, { effect: 'slow-body', ms: 120_000 });
      const error = await failureOf(callsOf[operation]?.() as Promise<unknown>);
      expect(error).toMatchObject({ code: 'store_unavailable', retryable: true });
      expect(error.message).toBe(
        `AWS Secrets Manager was not reached, or did not answer, in ${operation} on secret ${name} in ${REGION} (TimeoutError).`,
      );
    },
  );
});

describe('a denial', () => {
  it.each(OPERATIONS)('of %s names the action of IAM and the secret', async (operation) => {
    world.failEachTry(operation, { effect: 'error', type: 'AccessDeniedException' });
    const error = await failureOf(callsOf[operation]?.() as Promise<unknown>);
    expect(error).toMatchObject({ code: 'store_denied', retryable: false });
    expect(error.message).toMatch(`AWS denies secretsmanager:${operation} on secret ${name}`);
    expect(error.message).toMatch(`in ${REGION}.`);
    expect(error.hint).toMatch(`Allow secretsmanager:${operation} on this secret`);
  });

  it.each<[string, OperationName, Fault]>([
    ['a read', 'GetSecretValue', { effect: 'error', type: 'DecryptionFailure' }],
    ['a write', 'PutSecretValue', { effect: 'error', type: 'EncryptionFailure' }],
    [
      'a missing grant',
      'GetSecretValue',
      { effect: 'error', type: 'AccessDeniedException', message: 'Access to KMS is not allowed' },
    ],
  ])('by KMS says so, for %s', async (_what, operation, fault) => {
    world.failEachTry(operation, fault);
    const error = await failureOf(callsOf[operation]?.() as Promise<unknown>);
    expect(error).toMatchObject({ code: 'store_denied', retryable: false });
    expect(error.message).toBe(`AWS cannot use its KMS key for ${operation} on secret ${name} in ${REGION}.`);
    expect(error.hint).toMatch('kms:Decrypt and kms:GenerateDataKey');
  });

  it('by KMS names the key, of the config for a new secret and of the secret for a known one', async () => {
    const kmsKeyId = 'alias/rotor';
    const created = world.store(`${name}-new`, { kmsKeyId });
    world.failEachTry('CreateSecret', { effect: 'error', type: 'EncryptionFailure' });
    const refusal = await failureOf(created.stage(stageKey(), mintToken(), null, signal));
    expect(refusal.message).toMatch(`its KMS key ${kmsKeyId} for CreateSecret`);

    world.server.faults.clear();
    await created.stage(stageKey(), mintToken(), null, signal);
    const other = world.store(`${name}-new`, { kmsKeyId: 'alias/other' });
    world.failEachTry('GetSecretValue', { effect: 'error', type: 'DecryptionFailure' });
    const unreadable = await failureOf(other.heads(signal));
    expect(unreadable.message).toMatch(`its KMS key ${kmsKeyId} for GetSecretValue`);
  });
});

describe('credentials', () => {
  const NO_CREDENTIALS = {
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
  };

  it('that are missing are named with what to do', async () => {
    const error = await withEnvironment(NO_CREDENTIALS, () =>
      failureOf(world.storeElsewhere(name).heads(signal)),
    );
    expect(error).toMatchObject({ code: 'store_denied', retryable: false });
    expect(error.message).toMatch(`No AWS credentials were found for DescribeSecret on secret ${name}`);
    expect(error.hint).toMatch('AWS_ACCESS_KEY_ID');
  });

  it.each([
    ['unknown', 'UnrecognizedClientException', randomKeys()],
    ['mismatched', 'InvalidSignatureException', { secretAccessKey: randomKeys().secretAccessKey }],
  ])('that are %s are told apart from a missing permission', async (_what, why, keys) => {
    const given = { ...world.sandbox.keys, ...keys };
    const environment = {
      AWS_ACCESS_KEY_ID: given.accessKeyId,
      AWS_SECRET_ACCESS_KEY: given.secretAccessKey,
    };
    const error = await withEnvironment(environment, () =>
      failureOf(world.storeElsewhere(name).heads(signal)),
    );
    expect(error).toMatchObject({ code: 'store_denied', retryable: false });
    expect(error.message).toMatch(`AWS does not accept the credentials used for DescribeSecret`);
    expect(error.message).toMatch(why);
  });

  it('are kept for a minute, and then looked for anew, without a restart', async () => {
    const lasting = world.storeElsewhere(name);
    expect(await lasting.heads(signal)).toMatchObject({ staged: [] });
    const { accessKeyId, secretAccessKey } = randomKeys();
    const others = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    expect(await withEnvironment(others, () => lasting.heads(signal))).toMatchObject({ staged: [] });
    const now = performance.now();
    const time = jest.spyOn(performance, 'now').mockReturnValue(now + MINUTE_MS);
    const error = await withEnvironment(others, () => failureOf(lasting.heads(signal)));
    time.mockRestore();
    expect(error).toMatchObject({ code: 'store_denied' });
  });

  it('of a region that nobody has named are asked for', async () => {
    const { region: _region, ...config } = world.config(name);
    const regionless = createStore(config, { agent: world.sandbox.agent });
    const environment = { ...NO_CREDENTIALS, AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined };
    const error = await withEnvironment(environment, () => failureOf(regionless.heads(signal)));
    expect(error).toMatchObject({ code: 'store_refused' });
    expect(error.hint).toMatch('AWS_REGION');
  });
});

describe('a fault that may pass', () => {
  it.each<[string, Fault, string]>([
    ['throttling', { effect: 'error', type: 'ThrottlingException' }, 'AWS throttles PutSecretValue'],
    ['a failure of AWS', { effect: 'error', type: 'InternalServiceError' }, 'AWS fails on its side in'],
    ['a quota', { effect: 'error', type: 'LimitExceededException' }, 'A quota of AWS stops PutSecretValue'],
    ['a cut connection', { effect: 'cut' }, 'was not reached, or did not answer'],
    ['a lost reply', { effect: 'lost' }, 'was not reached, or did not answer'],
    ['a body that is not JSON', { effect: 'garbled' }, 'could not be read'],
  ])('%s may be tried again', async (_what, fault, sentence) => {
    world.failEachTry('PutSecretValue', fault);
    const error = await failureOf(store.stage(stageKey(), mintToken(), null, signal));
    expect(error).toMatchObject({ code: 'store_unavailable', retryable: true });
    expect(error.message).toMatch(sentence);
    expect(error.message).toMatch(`PutSecretValue on secret ${name}`);
  });

  it('passes unseen where the next try of the SDK works', async () => {
    for (const type of ['ThrottlingException', 'InternalServiceError'] as const) {
      world.server.faults.inject('PutSecretValue', { effect: 'error', type });
    }
    await store.stage(stageKey(), mintToken(), null, signal);
    world.server.faults.inject('PutSecretValue', { effect: 'lost' });
    await store.stage(stageKey(), mintToken(), null, signal);
    expect(world.server.secret(name).versions()).toHaveLength(3);
  });

  it('tells what to do about a quota', async () => {
    world.failEachTry('PutSecretValue', { effect: 'error', type: 'LimitExceededException' });
    const error = await failureOf(store.stage(stageKey(), mintToken(), null, signal));
    expect(error.hint).toMatch('100 versions');
  });

  it('is a server that is not there', async () => {
    const nowhere = world.store(name, { endpoint: 'https://127.0.0.1:1' });
    const error = await failureOf(nowhere.heads(signal));
    expect(error).toMatchObject({ code: 'store_unavailable', retryable: true });
    expect(error.message).toMatch('ECONNREFUSED');
  });
});

it('does not talk to a server whose certificate it cannot trust', async () => {
  const agent = new Agent();
  const error = await failureOf(createStore(world.config(name), { agent }).heads(signal));
  agent.destroy();
  expect(error).toMatchObject({ code: 'store_unavailable', retryable: false });
  expect(error.message).toMatch('was not trusted');
  expect(error.hint).toMatch('tls.caFile');
});

it.each(['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_SECRETS_MANAGER'])(
  'refuses a plain http endpoint that %s names',
  async (variable) => {
    const { endpoint: _endpoint, ...config } = world.config(name);
    const elsewhere = createStore(config, { agent: world.sandbox.agent });
    const environment = { [variable]: 'http://127.0.0.1:1' };
    const error = await withEnvironment(environment, () => failureOf(elsewhere.heads(signal)));
    expect(error).toMatchObject({ code: 'store_refused' });
    expect(error.message).toMatch('not https');
  },
);

describe('no error holds a token', () => {
  const FAULTS: [string, Fault][] = [
    ['AccessDeniedException', { effect: 'error', type: 'AccessDeniedException' }],
    ['InternalServiceError', { effect: 'error', type: 'InternalServiceError' }],
    ['a lost reply', { effect: 'lost' }],
    ['a garbled reply', { effect: 'garbled' }],
  ];
  it.each(FAULTS)('that was sent: %s', async (_what, fault) => {
    const token = mintToken();
    for (const [operation, target] of [
      ['PutSecretValue', store],
      ['CreateSecret', world.store(`${name}-new`)],
    ] as const) {
      world.failEachTry(operation, fault);
      const error = await failureOf(target.stage(stageKey(), token, null, signal));
      expect(whole(error)).not.toContain(token.reveal());
      world.server.faults.clear();
    }
  });

  it.each(FAULTS)('that came back: %s', async (_what, fault) => {
    world.failEachTry('GetSecretValue', fault);
    const error = await failureOf(store.read(currentOf(), signal));
    expect(whole(error)).not.toContain(first.reveal());
  });

  it('that AWS repeats in its refusal', async () => {
    const token = mintToken();
    const message = `1 validation error detected: Value '${token.reveal()}' at 'secretString' failed`;
    world.failEachTry('PutSecretValue', { effect: 'error', type: 'ValidationException', message });
    const error = await failureOf(store.stage(stageKey(), token, null, signal));
    expect(error).toMatchObject({ code: 'store_refused' });
    expect(whole(error)).not.toContain(token.reveal());
  });

  it('but each keeps what AWS said of the caller', async () => {
    const message = 'User: arn:aws:sts::000000000000:assumed-role/rotor is not authorized';
    world.failEachTry('DescribeSecret', { effect: 'error', type: 'AccessDeniedException', message });
    const { cause } = await failureOf(store.heads(signal));
    expect(cause).toMatchObject({ name: 'AccessDeniedException', message, status: 400 });
  });
});
