import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { errorOf, everythingIn, newToken, targetContract } from '../contracts/target.contract.js';
import { Secret } from '../../src/rotation/secret.js';
import type { FileTargetConfig } from '../../src/targets/file/config.js';
import { never } from '../fakes/never.js';
import { FileWorld, fileHarness } from './file-harness.js';
import { fixtureOf } from './forms/form-suite.js';

const NOTHING_RUNS = { reload: undefined, check: undefined };
const java = { format: 'properties', agent: 'java', mode: undefined } as const;
const URL_LINE = 'server_url=https://apm.example.com\n';

const documents: Readonly<Record<string, { over: Partial<FileTargetConfig>; fixture: string }>> = {
  properties: { over: java, fixture: 'elasticapm.properties' },
  json: { over: { format: 'json', mode: undefined }, fixture: 'appsettings.json' },
  env: { over: { format: 'env', mode: undefined }, fixture: 'checkout.env' },
};
for (const [name, document] of Object.entries(documents)) {
  targetContract(`file, ${name}`, async () => fileHarness(document));
}

describe('file target: a document', () => {
  let world: FileWorld;
  beforeEach(async () => {
    world = await FileWorld.create();
  });
  afterEach(() => world.close());

  const deliver = (token: Secret, over: Partial<FileTargetConfig>): Promise<void> =>
    world.target(over).deliver(token, never());
  const preflight = (over: Partial<FileTargetConfig>): Promise<readonly string[]> =>
    world.target(over).preflight(never());
  const holds = (content: string | Buffer): Promise<void> => writeFile(world.path, content, { mode: 0o640 });

  describe('what is written', () => {
    it('keeps its permissions, unless the config gives others', async () => {
      await holds(`${URL_LINE}secret_token=old\n`);
      await chmod(world.path, 0o604);
      await deliver(newToken(), java);
      expect((await stat(world.path)).mode & 0o7777).toBe(0o604);
      await deliver(newToken(), { ...java, mode: '0640' });
      expect((await stat(world.path)).mode & 0o7777).toBe(0o640);
    });

    it('is left alone where the file holds the token already', async () => {
      const token = newToken();
      await holds(`# mine\nsecret_token = ${token.reveal()}`);
      const before = await stat(world.path);
      await deliver(token, java);
      const after = await stat(world.path);
      expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs]);
    });

    it('keeps a byte order mark, and bytes that are no UTF-8', async () => {
      const token = newToken();
      const around = (value: string): Buffer =>
        Buffer.concat([Buffer.from('\uFEFF# Gr\u00fc\u00dfe\r\n'), Buffer.from(`secret_token=${value}\r\n`)]);
      await holds(around('old'));
      await deliver(token, java);
      expect(await readFile(world.path)).toEqual(around(token.reveal()));
      const latin = (value: string): Buffer =>
        Buffer.from(`a=Gr\u00fc\u00dfe\nsecret_token=${value}\n`, 'latin1');
      await holds(latin('old'));
      await deliver(token, java);
      expect(await readFile(world.path)).toEqual(latin(token.reveal()));
    });

    it('is a new file, private, where it may hold nothing else', async () => {
      const token = newToken();
      const name = 'ELASTIC_APM_SECRET_TOKEN';
      await deliver(token, { format: 'env', mode: undefined });
      expect(await world.held()).toBe(`${name}=${token.reveal()}\n`);
      expect((await stat(world.path)).mode & 0o7777).toBe(0o600);
      await rm(world.path);
      await deliver(token, { format: 'otel-bearer', mode: undefined });
      expect(await world.held()).toBe(token.reveal());
    });

    it('is not written over what somebody else has written meanwhile', async () => {
      await holds('secret_token=old\n');
      const theirs = 'secret_token=old\ncpu=4\n';
      const { signal } = new AbortController();
      // It is asked once more between the temporary file and its new name.
      Object.defineProperty(signal, 'aborted', {
        get: () => {
          if (readdirSync(dirname(world.path)).length > 1) writeFileSync(world.path, theirs);
          return false;
        },
      });
      const error = await errorOf(world.target(java).deliver(newToken(), signal));
      expect(error).toMatchObject({ code: 'target_failed', retryable: true });
      expect(error.message).toContain('was changed by somebody else meanwhile');
      expect(await world.held()).toBe(theirs);
      expect(readdirSync(dirname(world.path))).toEqual(['token']);
    });

    it('is refused for a token that the agent cannot take, once and for all, without showing it', async () => {
      await holds('elastic_apm.secret_token = old\n');
      const token = new Secret(randomBytes(150).toString('hex'));
      const error = await errorOf(deliver(token, { format: 'ini' }));
      expect(error).toMatchObject({ code: 'target_failed', retryable: false });
      expect(error.message).toContain('the token has 300 characters, and the PHP agent takes 233 at most');
      expect(everythingIn(error)).not.toContain(token.reveal());
      expect(await world.held()).toBe('elastic_apm.secret_token = old\n');
    });
  });

  describe('what is seen', () => {
    it('is what its agent would read at its next start, besides what the check says', async () => {
      const token = newToken();
      await world.prints(token.fingerprint);
      await holds(`secret_token=${token.reveal()}\n# old\n`);
      const look = () => world.target(java).observe(token.fingerprint, never());
      expect(await look()).toEqual({ state: 'converged', seen: 1, of: 1 });
      await holds(`secret_token=${token.reveal()}\nsecret_token=other\n`);
      expect(await look()).toEqual({ state: 'pending', seen: 0, of: 1 });
      await rm(world.path);
      expect(await look()).toEqual({ state: 'pending', seen: 0, of: 1 });
    });
  });

  describe('a mobile agent', () => {
    it('is not written for, and is seen as what needs a release', async () => {
      const over = { agent: 'android', path: '/no/such/folder/gradle.properties', ...NOTHING_RUNS } as const;
      expect(await preflight(over)).toEqual([expect.stringContaining('with a release of the app only')]);
      await deliver(newToken(), over);
      expect(await world.target(over).observe(newToken().fingerprint, never())).toEqual({
        state: 'needs_release',
        detail: expect.stringContaining('an API key of its own'),
      });
    });

    it('is written for where the config asks for it, and needs a release all the same', async () => {
      const over = { format: 'gradle-properties', key: 'apmToken', ...NOTHING_RUNS } as const;
      await holds('a=1\napmToken=old\n');
      const token = newToken();
      const look = () => world.target(over).observe(token.fingerprint, never());
      expect(await preflight(over)).toEqual([expect.stringContaining('with a release of the app only')]);
      expect(await look()).toEqual({ state: 'pending', seen: 0, of: 1 });
      await deliver(token, over);
      expect(await world.held()).toBe(`a=1\napmToken=${token.reveal()}\n`);
      expect(await look()).toMatchObject({ state: 'needs_release' });
    });
  });

  describe('what makes the agent take the token', () => {
    it('is nothing for Java, which reads the file again, and that older ones do not is said', async () => {
      await holds(`${URL_LINE}secret_token=old\n`);
      expect(await preflight({ ...java, ...NOTHING_RUNS })).toEqual([
        expect.stringContaining('takes the token by itself within 40 s from 1.35.0 on'),
      ]);
      expect(await preflight(java)).toEqual([]);
    });

    it('is somebody else where there is a check alone, and that is said', async () => {
      await holds('ELASTIC_APM_SERVER_URL=https://a\nELASTIC_APM_SECRET_TOKEN=old\n');
      const over = { format: 'env', agent: 'python', reload: undefined } as const;
      expect(await preflight(over)).toEqual([expect.stringContaining('somebody else has to see to that')]);
    });

    it('is IIS itself for a Web.config', async () => {
      await holds(fixtureOf('Web.config', 'old'));
      expect(await preflight({ format: 'xml', ...NOTHING_RUNS })).toEqual([]);
    });

    it('is the Collector itself for its file of a bearer token', async () => {
      await holds('Bearer old');
      expect(await preflight({ format: 'otel-bearer', ...NOTHING_RUNS })).toEqual([]);
    });
  });

  it('of Node.js by another name than usual has to be named by the environment, and that is said', async () => {
    await holds("module.exports = { serverUrl: 'https://a', secretToken: 'old' }");
    expect(await preflight({ agent: 'nodejs' })).toEqual([
      expect.stringContaining('has to be named by ELASTIC_APM_CONFIG_FILE'),
    ]);
  });

  it.each([
    [
      'a key that is not there yet',
      'ELASTIC_APM_SERVER_URL=https://a\n',
      'has no token at ELASTIC_APM_SECRET_TOKEN yet: it will be added.',
    ],
    ['a file that is not there yet', undefined, 'does not exist yet: it will be made, with mode 0600.'],
  ])(
    'of which %s will be added is told before the first delivery, and not after it',
    async (_, content, sentence) => {
      if (content !== undefined) await holds(content);
      const over = { format: 'env', mode: undefined, serverUrl: 'https://a' } as const;
      expect(await preflight(over)).toEqual([`Target checkout: ${world.path} ${sentence}`]);
      await deliver(newToken(), over);
      expect(await preflight(over)).toEqual([]);
    },
  );

  it('whose agent sends to the APM Server of another deployment is told, with both hosts', async () => {
    await holds(`${URL_LINE}secret_token=old\n`);
    const told = async (...apmUrls: string[]) => world.target(java).preflight(never(), { apmUrls });
    expect(await told('https://staging.example.com:443', 'https://apm.example.com:9243')).toEqual([]);
    expect(await told('https://staging.example.com', 'https://alias.example.com')).toEqual([
      'Target checkout: server_url leads to apm.example.com, and the token is for the APM Server at staging.example.com, alias.example.com: correct one of the two, unless apm.example.com is a proxy or a private link to it; any other APM Server refuses the token.',
    ]);
  });

  it('that everybody may read is told', async () => {
    await holds(`${URL_LINE}secret_token=old\n`);
    await chmod(world.path, 0o644);
    expect(await preflight(java)).toEqual([
      expect.stringContaining('can be read by every user of its machine (mode 0644)'),
    ]);
  });

  it('may leave its URL to a place that the config names', async () => {
    await holds('secret_token=old\n');
    expect(await preflight({ ...java, serverUrl: 'https://apm.example.com' })).toEqual([]);
  });

  it('may have the section of its agent deeper than usual', async () => {
    await holds('production:\n  server_url: https://a\n  secret_token: old\n  api_key: k\n');
    const over = { format: 'yaml', agent: 'ruby', key: 'production.secret_token' } as const;
    expect((await errorOf(preflight(over))).message).toContain('api_key stands beside the token');
  });
});
