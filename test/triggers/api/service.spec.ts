import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ScheduleTrigger } from '../../../src/triggers/schedule.trigger.js';
import { packageVersion } from '../../../src/version.js';
import { CONFIG } from '../api-app.js';
import { ApiWorld } from '../api-world.js';

const DAY = 24 * 60 * 60_000;

describe('the service as a whole', () => {
  let world: ApiWorld;
  let onDisk: string;
  beforeEach(async () => {
    onDisk = CONFIG;
    const others = { search: { env: 'staging' }, docs: { env: 'staging' } };
    world = await ApiWorld.open({ others, configText: () => onDisk });
  });
  afterEach(async () => world.close());

  const status = async (query = '', token = world.token) =>
    (await world.ask('GET', `/v1/status${query}`, undefined, { authorization: `Bearer ${token}` })).body;

  it('says which Rotor it is, what time it has, and when it last read its schedule', async () => {
    const now = new Date(world.clock.now()).toISOString();
    const about = {
      product: 'rotor',
      version: packageVersion(),
      commit: 'unknown',
      node: process.versions.node,
      baseUrl: null,
    };
    const first = await world.ask('GET', '/v1/info');
    const config = { file: 'rotor.yaml', loadedAt: now, problem: null };
    expect(first.body).toEqual({ ...about, startedAt: now, now, lastTickAt: null, config });
    world.clock.advance(DAY);
    await world.app.get(ScheduleTrigger).tick();
    const later = await world.ask('GET', '/v1/info');
    const then = new Date(world.clock.now()).toISOString();
    expect(later.body).toMatchObject({ startedAt: now, now: then, lastTickAt: then });
  });

  it('answers /metrics as OpenMetrics to whoever would rather have that, and as plain text to all others', async () => {
    const metrics = async (accept?: string) => {
      const headers = { authorization: `Bearer ${world.token}`, ...(accept !== undefined && { accept }) };
      const { headers: said, body } = await world.app.inject({ method: 'GET', url: '/metrics', headers });
      return { type: said['content-type'], vary: said['vary'], isOpen: body.endsWith('# EOF\n') };
    };
    const prometheus =
      'application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.4,*/*;q=0.2';
    const open = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
    const plain = 'text/plain; version=0.0.4; charset=utf-8';
    expect(await metrics(prometheus)).toEqual({ type: open, vary: 'Accept', isOpen: true });
    expect(await metrics('application/openmetrics-text')).toMatchObject({ type: open });
    for (const accept of [
      undefined,
      '*/*',
      'text/html',
      'application/openmetrics-text;version=2.0.0',
      'application/openmetrics-text;q=0.1,text/plain;q=0.9',
      'application/openmetrics-text;q=0',
    ])
      expect(await metrics(accept)).toEqual({ type: plain, vary: 'Accept', isOpen: false });
  });

  it('counts its rotations by what they are at, the worst first, and names them', async () => {
    expect(await status()).toEqual({
      total: 3,
      worst: 'new',
      states: [{ state: 'new', count: 3, rotations: ['checkout', 'search', 'docs'] }],
    });
    world.clock.advance(31 * DAY);
    await world.ask('POST', '/v1/rotations/search/runs', { reason: 'leak' });
    expect(await status()).toEqual({
      total: 3,
      worst: 'overdue',
      states: [
        { state: 'overdue', count: 2, rotations: ['checkout', 'docs'] },
        { state: 'rotating', count: 1, rotations: ['search'] },
      ],
    });
    expect(await status('?selector=env%3Dprod')).toMatchObject({ total: 1, worst: 'overdue' });
    expect(await status('?selector=env%3Dnowhere')).toEqual({ total: 0, worst: null, states: [] });
  });

  it('counts only what the caller may see', async () => {
    const token = await world.tokenWith(['read[env=staging]']);
    expect(await status('', token)).toMatchObject({ total: 2 });
  });

  it('shows its config, what nobody wrote too, and where each value comes from', async () => {
    const { body } = await world.ask('GET', '/v1/config');
    expect(body).toMatchObject({
      file: 'rotor.yaml',
      config: {
        cloud: { apiKey: '${env:EC_API_KEY}', endpoint: 'https://api.elastic-cloud.com' },
        rotations: [{ name: 'checkout', maxAge: '30d', renewBefore: '3d', retries: { max: 5 } }],
      },
    });
    expect(body['values']).toEqual(
      expect.arrayContaining([
        { path: 'rotations.0.maxAge', value: '30d', origin: { from: 'file', line: 6, column: 13 } },
        { path: 'rotations.0.renewBefore', value: '3d', origin: { from: 'default' } },
      ]),
    );
  });

  const validated = async (text: string, url = '/v1/config/validate', type = 'application/yaml') => {
    const headers = { authorization: `Bearer ${world.token}`, 'content-type': type };
    const reply = await world.app.inject({ method: 'POST', url, headers, payload: text });
    return { status: reply.statusCode, body: reply.json<Record<string, unknown>>() };
  };
  const TEXT = (secret: string) => `version: 1
cloud: { apiKey: '${secret}' }
rotations:
  - name: checkout
    select: { deployment: checkout-prod }
    store: { type: aws-secrets-manager, secretId: prod/apm/checkout }
    targets: []
`;

  it('says of a config whether it is valid, and the place of everything that is wrong', async () => {
    const text = TEXT('${env:EC_API_KEY}');
    expect(await validated(text)).toEqual({
      status: 200,
      body: {
        valid: true,
        findings: [],
        warnings: [expect.stringContaining('empty'), expect.stringContaining('nobody will hear')],
        rotations: ['checkout'],
      },
    });
    const bad = await validated(text.replace('targets: []', 'target: []'));
    expect([bad.status, bad.body['valid'], bad.body['findings']]).toEqual([
      200,
      false,
      [
        expect.objectContaining({ line: 4, path: 'rotations.0.targets', found: 'nothing' }),
        {
          line: 7,
          column: 5,
          path: 'rotations.0.target',
          found: 'an unknown key',
          expected: expect.stringContaining('one of: name'),
          hint: 'Did you mean targets?',
          detail: expect.stringMatching(/^rotor\.yaml:7:5 rotations\.0\.target: found an unknown key/),
        },
      ],
    ]);
  });

  it('does not tell who validates a config what there is on its machine', async () => {
    const here = process.execPath;
    const [there, elsewhere] = [
      await validated(TEXT(`\${file:${here}}`)),
      await validated(TEXT('${file:/nowhere}')),
    ];
    expect(there).toEqual(elsewhere);
    expect(await validated(TEXT('${env:PATH}'))).toEqual(await validated(TEXT('${env:NOT_SET_ANYWHERE}')));
  });

  it('takes YAML for that alone, and nothing else there', async () => {
    expect((await validated('{}', '/v1/rotations/checkout/runs')).status).toBe(415);
    expect(await validated('{}', undefined, 'application/json')).toMatchObject({
      status: 415,
      body: { hint: expect.stringContaining('application/yaml') },
    });
    expect(await validated('{}', undefined, 'text/plain')).toMatchObject({
      status: 415,
      body: { hint: expect.stringContaining('application/yaml') },
    });
    expect(await validated('a: '.padEnd(1024 * 1024 + 1, 'x'))).toMatchObject({
      status: 413,
      body: { hint: expect.stringContaining('1 MiB') },
    });
  });

  it('tells why a file is not in force, and to whom it may not tell that it is not', async () => {
    onDisk = CONFIG.replace('targets: []', 'target: []');
    const refused = await world.ask('POST', '/v1/config/reload');
    expect([refused.status, refused.body['code']]).toEqual([422, 'config_invalid']);
    const problemFor = async (token: string) =>
      (await world.ask('GET', '/v1/info', undefined, { authorization: `Bearer ${token}` })).body['config'];
    expect(await problemFor(world.token)).toMatchObject({
      problem: { detail: expect.stringMatching(/rotations\.0\.targets: found nothing, .* \(and 1 more\)$/) },
    });
    const narrow = await world.tokenWith(['read[env=staging]']);
    expect(await problemFor(narrow)).toMatchObject({
      problem: { detail: expect.stringMatching(/whoever may read all rotations is told why/) },
    });
    const told = await world.journal.notifications.list({ limit: 5 });
    expect(told.map(({ name }) => name)).toEqual(['config.invalid']);
    onDisk = CONFIG;
    expect(await world.ask('POST', '/v1/config/reload')).toMatchObject({ body: { outcome: 'unchanged' } });
    expect(await problemFor(world.token)).toMatchObject({ problem: null });
    await world.ask('POST', '/v1/config/reload');
    const names = (await world.journal.notifications.list({ limit: 5 })).map(({ name }) => name);
    expect(names.toSorted()).toEqual(['config.invalid', 'config.reloaded']);
  });
});
