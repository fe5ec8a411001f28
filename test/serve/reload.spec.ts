import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { stringify } from 'yaml';
import { readConfig, readingHere } from '../../src/config/index.js';
import { FileWatch } from '../../src/reloading/file-watch.js';
import { Reloader } from '../../src/reloading/reloader.js';
import { createService } from '../../src/serve.js';
import { StorageOpener, type Storage } from '../../src/storage.js';
import { TOKEN_FILE } from '../../src/triggers/api-token.js';
import { HeldClock } from '../fakes/held-clock.js';
import { until } from '../fakes/until.js';

/** Nobody answers there. */
const NOWHERE = 'https://127.0.0.1:1';

const rotation = (name: string, more: object = {}) => ({
  name,
  select: { deployment: name },
  store: { type: 'aws-secrets-manager', secretId: `prod/apm/${name}`, region: 'eu-central-1' },
  targets: [],
  ...more,
});

describe('a service whose config becomes another', () => {
  let folder: string;
  let file: string;
  let app: NestFastifyApplication;
  let storage: Storage;
  let token: string;
  const env = {
    EC_API_KEY: randomBytes(20).toString('base64url'),
    HOOK: `whsec_${randomBytes(24).toString('base64')}`,
    AWS_ACCESS_KEY_ID: randomBytes(10).toString('hex'),
    AWS_SECRET_ACCESS_KEY: randomBytes(20).toString('base64url'),
  };

  const write = async (rotations: readonly object[], more: object = {}) =>
    writeFile(
      file,
      stringify({
        version: 1,
        stateDir: folder,
        cloud: { endpoint: NOWHERE, apiKey: '${env:EC_API_KEY}' },
        rotations,
        ...more,
      }),
    );
  const ask = async (method: 'GET' | 'POST', url: string, payload?: object) => {
    const headers = { authorization: `Bearer ${token}` };
    const reply = await app.inject({ method, url, headers, ...(payload && { payload }) });
    return { status: reply.statusCode, body: reply.json<Record<string, unknown>>() };
  };
  const names = async () =>
    (await ask('GET', '/v1/rotations')).body['rotations'] as readonly { name: string }[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rotor-reload-'));
    file = join(folder, 'rotor.yaml');
    await write([rotation('checkout', { labels: { env: 'prod' } }), rotation('billing')]);
    const loaded = readConfig(file);
    const opener = new StorageOpener(loaded.config, env);
    const { signal } = new AbortController();
    storage = await opener.open({ say: async () => undefined, signal });
    const log = pino({ enabled: false });
    app = await createService({ loaded, options: {}, reader: readingHere }, env, log, storage);
    await app.init();
    token = (await readFile(join(folder, TOKEN_FILE), 'utf8')).trim();
  });
  afterAll(async () => {
    await app.close();
    await rm(folder, { recursive: true });
  });

  it('has other rotations at once, and goes on with a run as it was begun', async () => {
    const begun = await ask('POST', '/v1/rotations/checkout/runs', { reason: 'leak' });
    const id = String(begun.body['id']);
    const before = await storage.journal.find(id);
    await write([rotation('billing', { labels: { env: 'test' } }), rotation('search')]);
    expect(await ask('POST', '/v1/config/reload')).toEqual({
      status: 200,
      body: {
        outcome: 'reloaded',
        rotations: { added: ['search'], removed: ['checkout'], changed: ['billing'] },
        settings: [],
      },
    });
    expect((await names()).map(({ name }) => name)).toEqual(['billing', 'search']);
    expect((await ask('POST', '/v1/rotations/checkout/runs', { reason: 'x' })).status).toBe(404);
    const after = await storage.journal.find(id);
    expect([after?.spec, after?.state.state]).toEqual([before?.spec, 'preparing']);
    expect((await storage.journal.active()).has('checkout')).toBe(true);
    expect((await ask('GET', '/v1/config')).body['config']).toMatchObject({
      rotations: [{ name: 'billing', labels: { env: 'test' } }, { name: 'search' }],
    });
  });

  it('keeps what was in force where the file is none, or where a secret that it names is not there', async () => {
    const before = await names();
    await writeFile(file, 'version: 3');
    const refused = await ask('POST', '/v1/config/reload');
    expect([refused.status, refused.body]).toEqual([
      422,
      expect.objectContaining({ code: 'config_invalid', detail: expect.stringContaining(':1:10 version:') }),
    ]);
    await write([rotation('billing')], { cloud: { apiKey: '${env:NOT_SET_ANYWHERE}' } });
    expect((await ask('POST', '/v1/config/reload')).body['detail']).toContain('NOT_SET_ANYWHERE');
    expect(await names()).toEqual(before);
    const verbose = await app.inject({ method: 'GET', url: '/readyz?verbose' });
    expect([verbose.statusCode, verbose.body]).toEqual([200, expect.stringContaining('[!]config warning: ')]);
    expect((await ask('GET', '/v1/info')).body['config']).toMatchObject({
      problem: { detail: expect.stringContaining('NOT_SET_ANYWHERE') },
    });
    const metrics = await app.inject({
      url: '/metrics',
      headers: { authorization: `Bearer ${token}` },
    });
    expect(metrics.body).toContain('\nrotor_config_last_reload_successful 0\n');
  });

  it('refuses as a whole what only a restart could put in force', async () => {
    await write([rotation('docs')], { server: { listen: '127.0.0.1:1' } });
    expect(await ask('POST', '/v1/config/reload')).toMatchObject({
      status: 409,
      body: { code: 'not_possible', detail: expect.stringContaining('another server.listen') },
    });
    expect((await names()).map(({ name }) => name)).toEqual(['billing', 'search']);
  });

  it('tells a notifier of its own that it is there, and limits requests anew', async () => {
    const notifiers = {
      ops: {
        type: 'webhook',
        url: 'https://hooks.example.com/',
        secret: '${env:HOOK}',
        on: ['config.reloaded'],
      },
    };
    await write([rotation('billing')], { notifiers, server: { rateLimit: { perMinute: 50 } } });
    const done = await app.get(Reloader).reload('SIGHUP');
    expect(done).toMatchObject({ settings: ['server.rateLimit', 'notifiers'] });
    const told = await storage.journal.notifications.list({ limit: 10 });
    expect(told.map(({ notifier, name, rotation: about }) => [notifier, name, about])).toEqual([
      ['ops', 'config.reloaded', 'the config'],
    ]);
    const reply = await app.inject({ url: '/v1/info', headers: { authorization: `Bearer ${token}` } });
    expect(reply.headers['ratelimit-policy']).toBe('"caller";q=50;w=60');
    const acts = [];
    for await (const { what } of storage.journal.exportAudit()) acts.push(what);
    expect(acts).toContainEqual(
      expect.objectContaining({ what: 'config_reloaded', by: 'SIGHUP', removed: ['search'] }),
    );
  });
});

/** A file comes to rest at once; until the next look without an event it takes as long as the test says. */
class RestingClock extends HeldClock {
  rests = true;
  /** After each of which it waits for an event or for its time. */
  looks = 0;

  override async sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (ms > 1_000) this.looks += 1;
    if (!this.rests || ms > 1_000) return super.sleep(ms, signal);
    signal.throwIfAborted();
  }
}

describe('the watch of a file', () => {
  let folder: string;
  let clock: RestingClock;
  let seen: string[];
  /** How long whoever is told takes for it. */
  let taking: Promise<void>;
  let watch: FileWatch;
  const file = () => join(folder, 'rotor.yaml');

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rotor-watch-'));
    // As Kubernetes mounts a ConfigMap: a link that stays to a link that is swapped.
    await mkdir(join(folder, '..1'));
    await writeFile(join(folder, '..1', 'rotor.yaml'), 'one');
    await symlink('..1', join(folder, '..data'));
    await symlink('..data/rotor.yaml', file());
    clock = new RestingClock();
    seen = [];
    taking = Promise.resolve();
    watch = new FileWatch(file(), {
      clock,
      changed: async () => {
        seen.push(await readFile(file(), 'utf8').catch(() => 'gone'));
        await taking;
      },
      deaf: () => undefined,
    });
  });
  afterEach(async () => {
    await watch.stop();
    await rm(folder, { recursive: true });
  });

  const swapTo = async (name: string, text: string): Promise<void> => {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'rotor.yaml'), text);
    await symlink(name, join(folder, '..new'));
    await rename(join(folder, '..new'), join(folder, '..data'));
  };
  const sees = async (...texts: string[]): Promise<void> =>
    until(`${texts.join()} is seen`, () => seen.join() === texts.join());

  it('sees the link of a ConfigMap swapped, once, by the event of its folder', async () => {
    watch.start('one');
    await swapTo('..2', 'two');
    await sees('two');
    await swapTo('..3', 'three');
    await sees('two', 'three');
    expect(seen).toEqual(['two', 'three']);
  });

  it('sees what no event tells of with its next look, and a file that is gone', async () => {
    watch.start('none of this');
    await sees('one');
    // A folder that is not watched: the link stays.
    await writeFile(join(folder, '..1', 'rotor.yaml'), 'changed');
    clock.advance(10_000);
    await sees('one', 'changed');
    await rm(file());
    await sees('one', 'changed', 'gone');
    expect(seen).toEqual(['one', 'changed', 'gone']);
  });

  it('ends at once, though what it has told of is still being read', async () => {
    const reading = Promise.withResolvers<void>();
    taking = reading.promise;
    watch.start('another');
    await sees('one');
    let isOver = false;
    const over = watch.stop().then(() => (isOver = true));
    await until('it is over', () => isOver, 1_000).finally(() => reading.resolve());
    await over;
    expect(seen).toEqual(['one']);
  });

  const BYTES_READ = '/proc/self/io';
  const bytesRead = async (): Promise<number> =>
    Number(/^rchar: (\d+)/.exec(await readFile(BYTES_READ, 'utf8'))?.[1]);
  const onLinux = existsSync(BYTES_READ) ? it : it.skip;

  onLinux('reads no file again that nobody has touched, however busy its folder is', async () => {
    const size = 4 * 1024 * 1024;
    await swapTo('..2', 'x'.repeat(size));
    // By this clock it was written long ago.
    clock.advance(Date.now() + 60_000 - clock.now());
    watch.start('x'.repeat(size));
    await until('it has looked', () => clock.looks === 1);
    const before = await bytesRead();
    for (let look = 2; look <= 6; look += 1) {
      await writeFile(join(folder, 'service.log'), String(look));
      await until('it has looked again', () => clock.looks >= look);
    }
    expect((await bytesRead()) - before).toBeLessThan(size);
    await swapTo('..3', 'y'.repeat(size));
    await sees('y'.repeat(size));
  });

  it('takes no file that is still being written', async () => {
    clock.rests = false;
    watch.start('one');
    let length = 0;
    await swapTo('..2', 'half');
    await until('it has been written for a while', async () => {
      length += 1;
      await writeFile(join(folder, '..2', 'rotor.yaml'), 'x'.repeat(length));
      clock.advance(100);
      return length >= 30;
    });
    expect(seen).toEqual([]);
    await until('it is seen when it is at rest', () => {
      clock.advance(100);
      return seen.join() === 'x'.repeat(30);
    });
  });
});
