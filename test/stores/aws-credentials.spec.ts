import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AwsWorld } from './aws-world.js';
import { withEnvironment } from './environment.js';
import { freshName, randomKeys, REGION } from '../sandbox/secrets-manager-world.js';

const WITHIN_MS = 1_000;
const NOWHERE_ELSE = {
  AWS_ACCESS_KEY_ID: undefined,
  AWS_SECRET_ACCESS_KEY: undefined,
  AWS_EC2_METADATA_DISABLED: 'true',
};

type Keys = ReturnType<typeof randomKeys>;

describe('credentials that a program is to tell', () => {
  let world: AwsWorld;
  let folder: string;
  let name: string;

  beforeAll(async () => {
    world = await AwsWorld.start();
    folder = await mkdtemp(join(tmpdir(), 'rotor-aws-'));
    name = freshName();
    world.server.seed(name, { text: 'a value' }, { region: REGION });
  });
  afterAll(async () => {
    await world.close();
    await rm(folder, { recursive: true });
  });

  const toldBy = async (program: string) => {
    const file = join(folder, 'config');
    await writeFile(file, `[default]\ncredential_process = ${program}\n`);
    return {
      ...NOWHERE_ELSE,
      AWS_CONFIG_FILE: file,
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    };
  };

  const headsWith = async (
    variables: Record<string, string | undefined>,
    store = world.storeElsewhere(name),
  ) => withEnvironment(variables, async () => store.heads(new AbortController().signal));

  const told = (): string => {
    const { accessKeyId, secretAccessKey } = world.sandbox.keys;
    return JSON.stringify({ Version: 1, AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey });
  };

  it('are used', async () => {
    const file = join(folder, 'told.json');
    await writeFile(file, told(), { mode: 0o600 });
    expect(await headsWith(await toldBy(`cat ${file}`))).toMatchObject({ staged: [] });
  });

  it('are not waited for without end where it does not, and are used when it does', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const store = world.storeElsewhere(name, WITHIN_MS);
    const variables = await toldBy(`cat ${pipe}`);
    await expect(headsWith(variables, store)).rejects.toMatchObject({
      code: 'store_unavailable',
      retryable: true,
    });
    await writeFile(pipe, told());
    expect(await headsWith(variables, store)).toMatchObject({ staged: [] });
  });
});

describe('credentials in a file', () => {
  it('that were refused are read anew for the next call, without a restart', async () => {
    const world = await AwsWorld.start();
    const folder = await mkdtemp(join(tmpdir(), 'rotor-aws-'));
    const file = join(folder, 'credentials');
    const name = freshName();
    world.server.seed(name, { text: 'a value' }, { region: REGION });
    const store = world.storeElsewhere(name);
    const headsWith = async ({ accessKeyId, secretAccessKey }: Keys) => {
      const keys = `aws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}`;
      await writeFile(file, `[default]\n${keys}\n`, { mode: 0o600 });
      const variables = {
        ...NOWHERE_ELSE,
        AWS_CONFIG_FILE: '/nonexistent',
        AWS_SHARED_CREDENTIALS_FILE: file,
      };
      return withEnvironment(variables, async () => store.heads(new AbortController().signal));
    };
    await expect(headsWith(randomKeys())).rejects.toMatchObject({ code: 'store_denied' });
    expect(await headsWith(world.sandbox.keys)).toMatchObject({ staged: [] });
    await world.close();
    await rm(folder, { recursive: true });
  });
});
