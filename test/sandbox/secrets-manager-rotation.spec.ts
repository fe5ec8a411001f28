import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  CancelRotateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { randomValue, refused, SecretsManagerWorld, versionToken } from './secrets-manager-world.js';

const LAMBDA = 'arn:aws:lambda:eu-central-1:000000000000:function:rotate';

describe('a rotation of the secrets manager', () => {
  let world: SecretsManagerWorld;

  beforeAll(async () => {
    world = await SecretsManagerWorld.start();
  });
  afterAll(() => world.close());

  async function rotated() {
    const { name, first } = await world.createdSecret();
    const version = versionToken();
    const input = { SecretId: name, ClientRequestToken: version, RotationLambdaARN: LAMBDA };
    const { VersionId } = await world.client().send(new RotateSecretCommand(input));
    expect(VersionId).toBe(version);
    return { name, first, version };
  }

  it('announces a version that is empty and carries AWSPENDING', async () => {
    const { name, first, version } = await rotated();
    const described = await world.client().send(new DescribeSecretCommand({ SecretId: name }));
    expect(described).toMatchObject({
      RotationEnabled: true,
      RotationLambdaARN: LAMBDA,
      VersionIdsToStages: { [first]: ['AWSCURRENT'], [version]: ['AWSPENDING'] },
    });
    const read = new GetSecretValueCommand({ SecretId: name, VersionId: version });
    await expect(world.client().send(read)).rejects.toEqual(refused('ResourceNotFoundException'));
  });

  it('takes one value for it, and no other after that', async () => {
    const { name, version } = await rotated();
    const put = async (value: string) =>
      world.client().send(
        new PutSecretValueCommand({
          SecretId: name,
          ClientRequestToken: version,
          SecretString: value,
          VersionStages: ['AWSPENDING'],
        }),
      );
    const value = randomValue();
    await put(value);
    await put(value);
    await expect(put(randomValue())).rejects.toEqual(refused('ResourceExistsException'));
    expect(await world.get(name, { VersionId: version })).toBe(value);
    expect(world.server.secret(name).labels()['AWSPENDING']).toBe(version);
  });

  it('is not begun while another one is not complete', async () => {
    const { name } = await rotated();
    const again = new RotateSecretCommand({ SecretId: name, ClientRequestToken: versionToken() });
    await expect(world.client().send(again)).rejects.toEqual(refused('InvalidRequestException'));
  });

  it('is not begun without a function', async () => {
    const { name } = await world.createdSecret();
    const bare = new RotateSecretCommand({ SecretId: name });
    await expect(world.client().send(bare)).rejects.toEqual(refused('InvalidRequestException'));
  });

  it('leaves its label where it is cancelled', async () => {
    const { name, version } = await rotated();
    await world.client().send(new CancelRotateSecretCommand({ SecretId: name }));
    const described = await world.client().send(new DescribeSecretCommand({ SecretId: name }));
    expect(described.RotationEnabled).toBe(false);
    expect(world.server.secret(name).labels()['AWSPENDING']).toBe(version);
  });
});
