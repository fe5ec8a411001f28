import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RotorError } from '../../../src/rotation/errors.js';
import type { Ports } from '../../../src/rotation/ports.js';
import { ScheduleTrigger } from '../../../src/triggers/schedule.trigger.js';
import { packageVersion } from '../../../src/version.js';
import { rotorHere as command } from '../../cli/in-process.js';
import type { FakeSettableIssuer } from '../../fakes/fake-issuer.js';
import { until } from '../../fakes/until.js';
import { settable, type Harness } from '../../rotation/harness.js';
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
    expect((await validated('a: '.padEnd(1024 * 1024 + 1, 'x'))).status).toBe(413);
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

describe('the check-up by the service itself', () => {
  const others = Object.fromEntries(['b', 'c', 'd', 'e', 'f'].map((name) => [name, { env: 'staging' }]));
  let world: ApiWorld;
  let upstream: Harness<FakeSettableIssuer>;
  /** What happens when a rotation has its turn. */
  let turn: () => Partial<Ports>;
  beforeEach(async () => {
    upstream = await settable();
    turn = () => ({});
    world = await ApiWorld.open({ others, ports: () => ({ ...upstream.ports, ...turn() }) });
  });
  afterEach(async () => world.close());

  type Answer = {
    ok: boolean;
    checks: { rotation: string | null; check: string; state: string }[];
    next: string | null;
  };
  const examine = async (url = '/v1/doctor') => (await world.ask('GET', url)).body as Answer;
  const rotationsIn = ({ checks }: Answer) => [...new Set(checks.map(({ rotation }) => rotation))];

  it('looks at the config and at every part of every rotation, or of those that are asked for', async () => {
    const all = await examine();
    expect([all.ok, all.next, rotationsIn(all)]).toEqual([
      true,
      null,
      [null, 'checkout', 'b', 'c', 'd', 'e', 'f'],
    ]);
    const first = all.checks.filter(({ rotation }) => rotation === 'checkout').map(({ check }) => check);
    expect(first).toEqual(['issuer', 'store', 'target web', 'APM Server', 'clock']);
    expect(rotationsIn(await examine('/v1/doctor?selector=env%3Dprod'))).toEqual([null, 'checkout']);
    expect(rotationsIn(await examine('/v1/doctor?rotation=c'))).toEqual([null, 'c']);
    expect((await world.ask('GET', '/v1/doctor?rotation=nope')).status).toBe(404);
    expect((await world.ask('GET', '/v1/doctor?cursor=bm9wZQ')).status).toBe(400);
    expect(upstream.issuer.writes + upstream.store.labelled.size).toBe(0);
  });

  it('ends a page when its time is over, and the next one goes on from there', async () => {
    turn = () => (world.clock.advance(25_000), {});
    const pages: Answer[] = [];
    for (let url: string | null = '/v1/doctor'; url !== null; url = pages.at(-1)?.next ?? null)
      pages.push(await examine(url));
    expect(pages.map(rotationsIn)).toEqual([[null, 'checkout'], ['b'], ['c'], ['d'], ['e'], ['f']]);
  });

  it('looks at four rotations at once, however many callers wait', async () => {
    const held = Promise.withResolvers<never>();
    held.promise.catch(() => undefined);
    let begun = 0;
    turn = () => {
      begun += 1;
      return { issuers: { ...upstream.ports.issuers, resolve: async () => held.promise } };
    };
    const asked = [examine(), examine('/v1/doctor?selector=env%3Dstaging')];
    await until('as many as may have begun', () => begun >= 4);
    await new Promise((resolve) => setImmediate(resolve));
    expect(begun).toBe(4);
    held.reject(new RotorError('upstream_unreachable', 'down'));
    const answers = await Promise.all(asked);
    expect([begun, ...answers.map(({ ok }) => ok)]).toEqual([11, false, false]);
  });

  it('is for the command line as well, over all pages, with the exit code of what it has found', async () => {
    turn = () => (world.clock.advance(25_000), {});
    await world.app.listen(0, '127.0.0.1');
    const address = (await world.app.getUrl()).replace('[::1]', '127.0.0.1');
    const env = { ROTOR_ADDR: address, ROTOR_TOKEN: world.token };
    const well = await command(['doctor', '--service', '-o', 'jsonl'], env);
    expect([well.exit, well.stdout.trim().split('\n').length]).toEqual([0, 31]);
    upstream.issuer.unresolvable = new RotorError('upstream_forbidden', 'not allowed', { hint: 'Ask.' });
    const ill = await command(['doctor', '--service', '-l', 'env=prod'], env);
    expect(ill).toMatchObject({
      exit: 3,
      stdout: expect.stringMatching(/^ok .*\ncheckout:\nfail {2}issuer/),
    });
    const alone = await command(['doctor', '-l', 'env=prod'], env);
    expect(alone).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('--selector goes with --service'),
    });
  });
});
