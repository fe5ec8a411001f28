import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { install, type Clock } from '@sinonjs/fake-timers';
import { Agent } from 'node:https';
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { Keyring } from '../../src/sandbox/aws/keyring.js';
import { createAuthority } from '../../src/sandbox/certificates.js';
import { startSecretsManager, type SecretsManager } from '../../src/sandbox/secrets-manager/index.js';
import { startSts, type Sts } from '../../src/sandbox/sts/index.js';
import { freshName, randomKeys, refused, REGION } from './secrets-manager-world.js';

const ROLE = 'arn:aws:iam::000000000000:role/rotor';
const HOUR_MS = 3_600_000;
const keys = randomKeys();
let secrets: SecretsManager;
let sts: Sts;
let agent: Agent;
let clock: Clock;

beforeAll(async () => {
  const authority = await createAuthority();
  const keyring = new Keyring(keys);
  agent = new Agent({ ca: authority.caPem });
  secrets = await startSecretsManager({ authority, keyring, ...keys });
  sts = await startSts({ authority, keyring });
  sts.role(ROLE, { by: 'key' });
});
beforeEach(() => {
  clock = install({ now: Date.now(), toFake: ['Date'] });
});
afterEach(() => clock.uninstall());
afterAll(async () => {
  agent.destroy();
  await Promise.all([secrets.close(), sts.close()]);
});

type Given = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
const clientOf = <C>(Client: new (config: never) => C, endpoint: string, credentials: Given): C => {
  const requestHandler = new NodeHttpHandler({ httpsAgent: agent });
  return new Client({ endpoint, region: REGION, credentials, maxAttempts: 1, requestHandler } as never);
};

async function temporaryKeys() {
  const wish = new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'a-test', DurationSeconds: 900 });
  const { Credentials: given = {} } = (await clientOf(STSClient, sts.url, keys).send(wish)) as {
    Credentials?: {
      AccessKeyId?: string;
      SecretAccessKey?: string;
      SessionToken?: string;
      Expiration?: Date;
    };
  };
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '', Expiration } = given;
  return {
    keys: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
    expiration: Expiration,
  };
}

describe('the STS of the sandbox', () => {
  it('gives out keys that Secrets Manager takes with their session token alone, until they end', async () => {
    const name = freshName();
    secrets.seed(name, { text: 'a value' });
    const given = await temporaryKeys();
    expect(Math.round((given.expiration?.getTime() ?? 0) / 1000)).toBe(Math.floor(Date.now() / 1000) + 900);
    const describeWith = async (credentials: Given): Promise<unknown> =>
      clientOf(SecretsManagerClient, secrets.url, credentials).send(
        new DescribeSecretCommand({ SecretId: name }),
      );
    expect(await describeWith(given.keys)).toMatchObject({ Name: name });
    const { sessionToken, ...bare } = given.keys;
    await expect(describeWith(bare)).rejects.toEqual(refused('UnrecognizedClientException'));
    await expect(describeWith({ ...given.keys, sessionToken: `${sessionToken}x` })).rejects.toEqual(
      refused('UnrecognizedClientException'),
    );
    clock.tick(HOUR_MS);
    await expect(describeWith(given.keys)).rejects.toEqual(refused('ExpiredTokenException'));
  });

  it('refuses what it does not know: a key, a role, a signature, an action', async () => {
    const ask = async (credentials: Given, RoleArn = ROLE) =>
      clientOf(STSClient, sts.url, credentials).send(
        new AssumeRoleCommand({ RoleArn, RoleSessionName: 'a-test' }),
      );
    await expect(ask(randomKeys())).rejects.toEqual(refused('InvalidClientTokenId'));
    await expect(ask({ ...randomKeys(), accessKeyId: keys.accessKeyId })).rejects.toEqual(
      refused('SignatureDoesNotMatch'),
    );
    await expect(ask(keys, `${ROLE}-other`)).rejects.toEqual(refused('AccessDenied'));
    await expect(ask(keys, 'no-arn')).rejects.toEqual(refused('ValidationError'));
    const client = clientOf(STSClient, sts.url, keys);
    await expect(client.send(new GetCallerIdentityCommand({}))).rejects.toEqual(refused('InvalidAction'));
  });
});
