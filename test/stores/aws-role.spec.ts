import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { install, type Clock } from '@sinonjs/fake-timers';
import { Keyring } from '../../src/sandbox/aws/keyring.js';
import { createAuthority } from '../../src/sandbox/certificates.js';
import { createLedger } from '../../src/sandbox/ledger.js';
import { until } from '../fakes/until.js';
import { startSecretsManager, type SecretsManager } from '../../src/sandbox/secrets-manager/index.js';
import { startSts, type Sts } from '../../src/sandbox/sts/index.js';
import { createStore, type StoreConfig } from '../../src/stores/index.js';
import { freshName, randomKeys, REGION } from '../sandbox/secrets-manager-world.js';
import { setEnvironment, withEnvironment } from './environment.js';
import { joinRealms } from './one-realm.js';

const ROLE = 'arn:aws:iam::000000000000:role/apm/rotor';
const SUBJECT = 'system:serviceaccount:rotor:rotor';
const MINUTE_MS = 60_000;
const NO_KEYS = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
const never = new AbortController().signal;
const ledger = createLedger();
const keys = randomKeys();

let secrets: SecretsManager;
let sts: Sts;
let ca: string;
let folder: string;
let name: string;
let clock: Clock;
const undo: (() => void)[] = [];

beforeAll(async () => {
  const authority = await createAuthority();
  const keyring = new Keyring(keys);
  ca = authority.caPem;
  secrets = await startSecretsManager({ authority, ledger, keyring, ...keys });
  sts = await startSts({ authority, keyring, ledger });
  folder = await mkdtemp(join(tmpdir(), 'rotor-role-'));
  undo.push(
    setEnvironment({
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    }),
    joinRealms(),
  );
});
beforeEach(() => {
  name = freshName();
  secrets.seed(name, { text: 'a value' }, { region: REGION });
  clock = install({ now: Date.now(), toFake: ['Date', 'performance'] });
});
afterEach(() => clock.uninstall());
afterAll(async () => {
  for (const one of undo) one();
  await Promise.all([secrets.close(), sts.close(), rm(folder, { recursive: true })]);
});

type Credentials = NonNullable<StoreConfig['credentials']>;

/** As another process has it: within one, keys that were given out are shared. */
function storeAs(over: Partial<Credentials> = {}) {
  const credentials = { roleArn: ROLE, stsEndpoint: sts.url, ...over };
  return createStore(
    { type: 'aws-secrets-manager', secretId: name, region: REGION, endpoint: secrets.url, credentials },
    { agent: new Agent({ ca }) },
  );
}

const SDK_TRIES = 3;
const asked = (): number => ledger.of('sts.request').length;
const looks = async (store: ReturnType<typeof storeAs>) => store.heads(never);
const failureOf = async (call: Promise<unknown>): Promise<Error> =>
  call.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: Error) => error,
  );

describe('a store with a role', () => {
  beforeEach(() => sts.role(ROLE, { by: 'key' }));

  it('is asked with the keys of the role, under the name that CloudTrail is to show', async () => {
    expect(await looks(storeAs({ sessionName: 'rotor-prod' }))).toMatchObject({ staged: [] });
    expect(sts.sessions().at(-1)).toMatchObject({ role: ROLE, name: 'rotor-prod' });
    await looks(storeAs());
    expect(sts.sessions().at(-1)).toMatchObject({ name: 'rotor' });
  });

  it('takes the role on once for all secrets, and again ten minutes before its keys end', async () => {
    const store = storeAs();
    const before = asked();
    await looks(store);
    clock.tick(49 * MINUTE_MS);
    await looks(store);
    expect(asked() - before).toBe(1);
    clock.tick(2 * MINUTE_MS);
    await looks(store);
    expect(asked() - before).toBe(2);
    clock.tick(30 * MINUTE_MS);
    await looks(store);
    expect(asked() - before).toBe(2);
  });

  it('goes on with keys that are still good where STS is away, and says so once they are not', async () => {
    const store = storeAs();
    await looks(store);
    clock.tick(52 * MINUTE_MS);
    sts.refuse('InternalFailure');
    const before = asked();
    expect(await looks(store)).toMatchObject({ staged: [] });
    await until('the keys were asked for, beside the look', () => asked() === before + SDK_TRIES);
    expect(await looks(store)).toMatchObject({ staged: [] });
    clock.tick(9 * MINUTE_MS);
    sts.refuse('InternalFailure');
    expect(await failureOf(looks(store))).toMatchObject({
      code: 'store_unavailable',
      message: `AWS fails on its side in AssumeRole on role ${ROLE}.`,
    });
    expect(await looks(store)).toMatchObject({ staged: [] });
  });

  it('is told who may not take it on', async () => {
    sts.role(ROLE, { by: 'key', externalId: 'rotor-7' });
    const error = await failureOf(looks(storeAs()));
    expect(error).toMatchObject({ name: 'RotorError', code: 'store_denied', retryable: false });
    expect(error.message).toBe(
      `AWS STS does not let arn:aws:iam::000000000000:user/rotor take on role ${ROLE}.`,
    );
    expect(await looks(storeAs({ externalId: 'rotor-7' }))).toMatchObject({ staged: [] });
  });

  it('says where the keys are missing or strange that it is asked for with', async () => {
    await withEnvironment(NO_KEYS, async () => {
      expect((await failureOf(looks(storeAs()))).message).toBe(
        `No AWS credentials were found for AssumeRole on role ${ROLE}.`,
      );
    });
    const strange = { AWS_ACCESS_KEY_ID: randomKeys().accessKeyId };
    await withEnvironment(strange, async () => {
      expect((await failureOf(looks(storeAs()))).message).toBe(
        `AWS does not accept the credentials used for AssumeRole on role ${ROLE} (InvalidClientTokenId).`,
      );
    });
  });

  it('says where STS is not reached', async () => {
    const error = await failureOf(looks(storeAs({ stsEndpoint: 'https://127.0.0.1:1' })));
    expect(error).toMatchObject({ code: 'store_unavailable', retryable: true });
    expect(error.message).toBe(
      `AWS STS was not reached, or did not answer, in AssumeRole on role ${ROLE} (ECONNREFUSED).`,
    );
  });
});

describe('a store with a web identity', () => {
  let file: string;

  beforeEach(async () => {
    file = join(folder, 'token');
    sts.role(ROLE, { by: 'web-identity', subject: SUBJECT });
    await writeFile(file, `${await sts.identityToken({ subject: SUBJECT })}\n`);
  });

  it('needs no other keys, and reads its file anew for each renewal', async () => {
    await withEnvironment(NO_KEYS, async () => {
      const store = storeAs({ webIdentityTokenFile: file });
      expect(await looks(store)).toMatchObject({ staged: [] });
      clock.tick(61 * MINUTE_MS);
      await writeFile(file, await sts.identityToken({ subject: SUBJECT }));
      expect(await looks(store)).toMatchObject({ staged: [] });
    });
  });

  it.each([
    ['is expired', { lifeMs: -MINUTE_MS }, 'ExpiredTokenException'],
    ['is for somebody else than AWS', { audience: 'vault' }, 'InvalidIdentityTokenException'],
  ])('says where its token %s', async (_what, over, why) => {
    const token = await sts.identityToken({ subject: SUBJECT, ...over });
    await writeFile(file, token);
    const error = await failureOf(looks(storeAs({ webIdentityTokenFile: file })));
    expect(error).toMatchObject({ code: 'store_denied' });
    expect(error.message).toBe(
      `AWS STS does not accept the identity token in ${file} for role ${ROLE} (${why}).`,
    );
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain(token);
  });

  it('says where the role does not trust its workload', async () => {
    await writeFile(file, await sts.identityToken({ subject: 'system:serviceaccount:shop:web' }));
    expect((await failureOf(looks(storeAs({ webIdentityTokenFile: file })))).message).toBe(
      `AWS STS does not let the workload of the identity token in ${file} take on role ${ROLE}.`,
    );
  });

  it('says where its file is missing or empty', async () => {
    const missing = join(folder, 'nothing');
    expect((await failureOf(looks(storeAs({ webIdentityTokenFile: missing })))).message).toBe(
      `The identity token in ${missing} cannot be read (ENOENT).`,
    );
    await writeFile(file, '\n');
    expect((await failureOf(looks(storeAs({ webIdentityTokenFile: file })))).message).toBe(
      `The file ${file} holds no identity token.`,
    );
  });
});
