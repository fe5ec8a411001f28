import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RotorError } from '../../../src/rotation/errors.js';
import { rotorHere as command } from '../../cli/in-process.js';
import { claimedRun, pin, settled } from '../../contracts/journal.contract.js';
import { ApiWorld } from '../api-world.js';

describe('what the API lists', () => {
  let world: ApiWorld;
  beforeEach(async () => {
    world = await ApiWorld.open({ others: { search: { env: 'staging' }, docs: { env: 'prod' } } });
    const { claim } = await claimedRun(world.journal, {});
    const detail = 'no';
    await world.journal.append(claim, {
      state: { state: 'ended', outcome: 'failed', reason: 'refused', detail },
    });
    await world.ask('POST', '/v1/rotations/search/runs', { mode: 'rehearse' });
  });
  afterEach(async () => world.close());

  const rotations = async (query: string) => {
    const { runs } = (await world.ask('GET', `/v1/runs?${query}`)).body as { runs: { rotation: string }[] };
    return runs.map(({ rotation }) => rotation);
  };

  it.each([
    ['', ['search', 'checkout']],
    ['outcome=failed', ['checkout']],
    ['outcome=succeeded', []],
    ['mode=rehearse', ['search']],
    ['active=true', ['search']],
    ['active=false', ['checkout']],
    ['selector=env%3Dstaging', ['search']],
    ['selector=env%3Dnowhere', []],
    ['by=the%20owner', ['search']],
    ['by=nobody', []],
    ['rotation=checkout&active=true', []],
  ])('is what was asked for: %s', async (query, expected) => {
    expect((await rotations(query)).toSorted()).toEqual(expected.toSorted());
  });

  const listed = async (query: string, token = world.token) => {
    const as = { authorization: `Bearer ${token}` };
    const { body, headers } = await world.ask('GET', `/v1/rotations?${query}`, undefined, as);
    const { rotations: found } = body as { rotations: { name: string }[] };
    return { names: found.map(({ name }) => name), next: body['next'], link: headers['link'] };
  };

  it.each([
    ['', ['checkout', 'search', 'docs']],
    ['state=failed', ['checkout']],
    ['state=rotating', ['search']],
    ['state=overdue', []],
    ['selector=env%3Dprod', ['checkout', 'docs']],
    ['selector=env%3Dprod&state=new', ['docs']],
  ])('is of rotations what was asked for: %s', async (query, expected) => {
    expect(await listed(query)).toEqual({ names: expected, next: null, link: undefined });
  });

  it('is of rotations a page at a time, with a link to the next one that asks the same', async () => {
    const first = await listed('selector=env%3Dprod&limit=1');
    expect(first.names).toEqual(['checkout']);
    expect(first.link).toBe(`<${String(first.next)}>; rel="next"`);
    const query = String(first.next).replace('/v1/rotations?', '');
    expect(await listed(query)).toEqual({ names: ['docs'], next: null, link: undefined });
    // A page ends where the state that was asked for does, wherever the next rotation of the config is.
    expect(await listed('state=failed&limit=1')).toMatchObject({ names: ['checkout'], next: null });
  });

  it('is of rotations only what the caller may see, in pages as well', async () => {
    const token = await world.tokenWith(['read[env=prod]']);
    const first = await listed('limit=1', token);
    const query = String(first.next).replace('/v1/rotations?', '');
    expect([first.names, (await listed(query, token)).names]).toEqual([['checkout'], ['docs']]);
  });

  it.each(['state=well', 'limit=0', 'selector=env', 'cursor=bm9wZQ', 'outcome=failed'])(
    'is refused of rotations for %s',
    async (query) => {
      expect(await world.ask('GET', `/v1/rotations?${query}`)).toMatchObject({ status: 400 });
    },
  );

  it('is of notifications a page at a time as well', async () => {
    const { headers, body } = await world.ask('GET', '/v1/notifications?limit=1');
    const next = `/v1/notifications?limit=1&after=${String(body['next'])}`;
    expect(headers['link']).toBe(`<${next}>; rel="next"`);
    const rest = await world.ask('GET', next.replace('limit=1', 'limit=50'));
    expect([rest.status, rest.headers['link']]).toEqual([200, undefined]);
  });

  it.each(['outcome=lost', 'active=yes', 'selector=env', 'colour=red'])(
    'is refused for %s',
    async (query) => {
      expect(await world.ask('GET', `/v1/runs?${query}`)).toMatchObject({ status: 400 });
    },
  );

  it('is not sent again to whoever has it', async () => {
    const { headers } = await world.ask('GET', '/v1/rotations');
    const tag = String(headers['etag']);
    expect(tag).toMatch(/^W\//);
    const known = { authorization: `Bearer ${world.token}`, 'if-none-match': tag };
    const again = await world.app.inject({ method: 'GET', url: '/v1/rotations', headers: known });
    expect([again.statusCode, again.body]).toEqual([304, '']);
    await world.ask('POST', '/v1/rotations/checkout/pause', { reason: 'freeze' });
    const changed = await world.app.inject({ method: 'GET', url: '/v1/rotations', headers: known });
    expect(changed.statusCode).toBe(200);
  });

  it('is the whole log, line by line, for whoever audits it', async () => {
    await world.ask('POST', '/v1/rotations/search/pause', { reason: '=cmd("x")' });
    const headers = { authorization: `Bearer ${world.token}` };
    const text = (await world.app.inject({ method: 'GET', url: '/v1/audit/export', headers })).body;
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ rotation, seq }) => [rotation, seq])).toEqual([
      ['checkout', 1],
      ['checkout', 2],
      ['search', 1],
      ['search', 1],
    ]);
    expect(lines[3]).toMatchObject({ run: null, what: { what: 'pause', by: 'the owner' } });
    expect(lines.every(({ hash }) => /^[0-9a-f]{64}$/.test(String(hash)))).toBe(true);
    const csv = await world.app.inject({ method: 'GET', url: '/v1/audit/export?format=csv', headers });
    expect(csv.headers['content-type']).toContain('text/csv');
    expect(csv.body.split('\r\n')[0]).toBe('at,run,rotation,seq,what,hash');
    expect(csv.body).toContain('"{""what"":""pause""');
  });

  it('is verified line by line, of all there is or of a period, with the report at the end', async () => {
    const verified = async (body: object) => {
      const headers = { authorization: `Bearer ${world.token}` };
      const reply = await world.app.inject({
        method: 'POST',
        url: '/v1/audit/verify',
        headers,
        payload: body,
      });
      const lines = reply.body.trim().split('\n');
      return {
        status: reply.statusCode,
        lines: lines.map((one) => JSON.parse(one) as Record<string, unknown>),
      };
    };
    const whole = (await world.ask('GET', '/v1/audit')).body;
    expect(whole).toMatchObject({ runs: 2, entries: 3 });
    expect((await verified({})).lines).toEqual([{ verified: { runs: 2, entries: 3 } }, { report: whole }]);
    const over = { from: '2020-01-01T00:00:00Z', to: '2020-02-01T00:00:00Z' };
    expect((await verified({ period: over })).lines.at(-1)).toMatchObject({
      report: { runs: 0, faults: [] },
    });
    expect((await verified({ period: { from: over.to, to: over.from } })).status).toBe(400);
    await world.tamper("update entry set body = '{}' where seq = 2");
    expect((await verified({})).lines.at(-1)).toMatchObject({ report: { faults: [{ seq: 2 }, {}] } });
  });

  it('is verified by the command line as far as the connection lasts, and no further', async () => {
    await world.app.listen(0, '127.0.0.1');
    const address = (await world.app.getUrl()).replace('[::1]', '127.0.0.1');
    const env = { ROTOR_ADDR: address, ROTOR_TOKEN: world.token };
    expect(await command(['audit', 'verify'], env)).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining('2 runs, 3 entries, 0 acts of people: nothing was changed'),
    });
    const cut = async function* () {
      yield { runs: 1, entries: 1 };
      throw new RotorError('journal_unavailable', 'the disk is gone');
    };
    world.journal.archive.verifying = cut as typeof world.journal.archive.verifying;
    const failed = await command(['audit', 'verify'], env);
    expect(failed).toMatchObject({
      exit: 1,
      stdout: '',
      stderr: expect.stringContaining('the disk is gone'),
    });
  });

  it('is of targets what each has by the newest run whose token became current', async () => {
    const targets = async (query = '', token = world.token) => {
      const as = { authorization: `Bearer ${token}` };
      const { body } = await world.ask('GET', `/v1/targets${query}`, undefined, as);
      return body['targets'] as { rotation: string; state: string | null }[];
    };
    const nothing = {
      name: 'web',
      type: 'file',
      wave: 1,
      state: null,
      fingerprint: null,
      seen: null,
      detail: null,
      run: null,
    };
    expect(await targets()).toEqual(
      ['checkout', 'search', 'docs'].map((rotation) => ({ rotation, ...nothing })),
    );
    const claim = await world.journal.claim();
    if (!claim) throw new Error('the run of search could not be claimed');
    const problem = { code: 'target_failed', detail: 'the reload failed' } as const;
    const { fingerprint } = pin;
    await world.journal.append(claim, {
      state: settled,
      deliveries: [{ target: 'web', state: 'failed', fingerprint, wave: 1, tries: 2, problem }],
    });
    const failed = { state: 'failed', run: claim.runId, fingerprint, detail: problem.detail };
    expect(await targets('?selector=env%3Dstaging')).toEqual([{ rotation: 'search', ...nothing, ...failed }]);
    const own = await targets('', await world.tokenWith(['read[env=prod]']));
    expect(own.map(({ rotation }) => rotation)).toEqual(['checkout', 'docs']);
  });

  describe('is listed and described by the command line', () => {
    let ask: (...args: string[]) => ReturnType<typeof command>;
    beforeEach(async () => {
      await world.app.listen(0, '127.0.0.1');
      const address = (await world.app.getUrl()).replace('[::1]', '127.0.0.1');
      ask = async (...args) => command(args, { ROTOR_ADDR: address, ROTOR_TOKEN: world.token });
    });

    it.each([
      ['get rotations', /^ROTATION +STATE +TOKEN[^\n]*\ncheckout +failed/],
      ['get rotation docs', /^ROTATION[^\n]*\ndocs +new[^\n]*\n$/],
      ['get rotations --state rotating -o name', /^search\n$/],
      ['get rotations -l env=prod -o jsonl', /^\{"name":"checkout".*\}\n\{"name":"docs".*\}\n$/],
      ['get runs', /^RUN +ROTATION +MODE +STATE +AGE\n(run_\S+ +(search|checkout) [^\n]*\n){2}$/],
      [
        'get runs --rotation checkout -o wide',
        /^RUN +ROTATION +MODE +STATE +TOKEN +STARTED +TOOK +BY\n[^\n]+\n$/,
      ],
      ['get targets -o json', /^\{\n {2}"apiVersion": "rotor\/v1",\n {2}"targets": \[/],
      ['get targets -o yaml', /^apiVersion: rotor\/v1\ntargets:\n/],
      ['get targets', /^ROTATION +TARGET +TYPE +STATE +ON IT\n(\w+ +web +file +– +–\n){3}$/],
      ['get target web --rotation docs -o wide', /DETAIL\ndocs +web +file [^\n]*\n$/],
      [
        'describe rotation checkout',
        /^Name +checkout\nLabels +env=prod\n[^]*\nTargets\n[^]*\nLast runs\nRUN/,
      ],
    ])('rotor %s', async (words, said) => {
      const { exit, stdout } = await ask(...words.split(' '));
      expect([exit, stdout]).toEqual([0, expect.stringMatching(said)]);
    });

    it('rotor get run and rotor describe run, by id', async () => {
      const id = (await ask('get', 'runs', '--rotation', 'search', '-o', 'name')).stdout.trim();
      expect((await ask('get', 'run', id, '-o', 'name')).stdout).toBe(`${id}\n`);
      const { stdout } = await ask('describe', 'run', id);
      expect(stdout).toMatch(/^Mode +rehearse\nStarted +\S+ by the owner: on demand\n/);
      expect(stdout).toContain(`search  ${id}`);
    });

    it('and says what there is where it was asked for another', async () => {
      expect(await ask('get', 'target', 'nope')).toMatchObject({
        exit: 2,
        stderr: expect.stringContaining('there are web'),
      });
      expect(await ask('get', 'rotation', 'nope')).toMatchObject({ exit: 2 });
      expect(await ask('describe', 'run', 'run_0')).toMatchObject({ exit: 2 });
      expect(await ask('get', 'targets', '--rotation', 'nope')).toMatchObject({ exit: 2 });
    });
  });
});
