import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { stringify } from 'yaml';
import { readConfig, readingHere } from '../../src/config/index.js';
import { Reloader } from '../../src/reloading/reloader.js';
import { createService } from '../../src/serve.js';
import { StorageOpener, type Storage } from '../../src/storage.js';
import { TOKEN_FILE } from '../../src/triggers/api-token.js';

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
