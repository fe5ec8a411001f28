import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiWorld } from '../api-world.js';

describe('runs by label', () => {
  let world: ApiWorld;
  beforeEach(async () => {
    const others = { search: { env: 'prod', team: 'find' }, docs: { env: 'staging' } };
    world = await ApiWorld.open({ others });
  });
  afterEach(async () => world.close());

  const start = async (body: object, headers: Record<string, string> = {}) =>
    world.ask('POST', '/v1/runs', body, headers);
  const started = async () =>
    (await world.journal.list({ limit: 10 })).map(({ rotation }) => rotation).toSorted();

  it('are started for every rotation that has the labels', async () => {
    const answer = await start({ selector: 'env=prod', reason: 'leak' });
    expect(answer).toMatchObject({ status: 202, body: { refused: [] } });
    expect(await started()).toEqual(['checkout', 'search']);
  });

  it('are not started at all where more match than was meant, or none', async () => {
    const many = await start({ selector: 'env=prod', max: 1 });
    expect(many).toMatchObject({ status: 409, body: { code: 'too_many' } });
    expect(many.body['detail']).toBe('2 rotations have the labels env=prod, and max is 1');
    expect(await start({ selector: 'env=nowhere' })).toMatchObject({ status: 404 });
    expect(await start({ selector: 'prod' })).toMatchObject({ status: 400 });
    expect(await started()).toEqual([]);
  });

  it('are started in a pause too where it is an emergency, by who may also end the pause, and with a reason', async () => {
    await world.ask('POST', '/v1/rotations/search/pause', { reason: 'freeze' });
    const urgent = { selector: 'env=prod', mode: 'emergency' };
    const unreasoned = { code: 'request_invalid', errors: [{ pointer: '#/reason' }] };
    expect(await start(urgent)).toMatchObject({ status: 400, body: unreasoned });
    const one = '/v1/rotations/search/runs';
    expect(await world.ask('POST', one, { mode: 'emergency' })).toMatchObject({ body: unreasoned });
    const as = async (grants: string[]) => ({ authorization: `Bearer ${await world.tokenWith(grants)}` });
    const half = await as(['rotate', 'pause[env=staging]']);
    const leak = { ...urgent, reason: 'leak' };
    for (const refused of [
      await start(leak, half),
      await world.ask('POST', one, { mode: 'emergency', reason: 'leak' }, half),
    ])
      expect(refused).toMatchObject({
        status: 403,
        body: { detail: expect.stringContaining('scope pause') },
      });
    const named = await start({ rotations: ['search'], mode: 'emergency', reason: 'leak' }, half);
    expect(named.body).toMatchObject({ runs: [], refused: [{ problem: { code: 'scope_missing' } }] });
    expect(await started()).toEqual([]);
    const both = await as(['rotate[env=prod]', 'pause[env=prod]', 'read']);
    expect(await start(leak, both)).toMatchObject({ status: 202, body: { refused: [] } });
    expect(await started()).toEqual(['checkout', 'search']);
    const { body } = await world.ask('GET', '/v1/runs?rotation=search', undefined, both);
    expect(body['runs']).toMatchObject([
      { mode: 'rotate', trigger: { reason: 'leak', emergency: ['the pause: freeze'] } },
    ]);
  });

  it('go on where one is refused, and say why', async () => {
    await world.ask('POST', '/v1/rotations/search/pause', { reason: 'freeze' });
    const { body } = await start({ selector: 'env=prod' });
    expect(body).toMatchObject({
      runs: [{ rotation: 'checkout' }],
      refused: [{ rotation: 'search', problem: { code: 'paused' } }],
    });
  });

  it('are the same ones where the request is sent again with its key', async () => {
    const first = await start({ selector: 'env=prod' }, { 'idempotency-key': '"one"' });
    expect((await start({ selector: 'env=prod' }, { 'idempotency-key': 'one' })).body).toEqual(first.body);
    expect(await started()).toHaveLength(2);
  });

  it('are not started at all where the key came with another request before', async () => {
    await start({ selector: 'team=find' }, { 'idempotency-key': 'one' });
    const other = await start({ selector: 'env=prod' }, { 'idempotency-key': 'one' });
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    const named = await start({ rotations: ['docs', 'search'] }, { 'idempotency-key': 'one' });
    expect(named.status).toBe(422);
    const none = await start({ rotations: ['docs'] }, { 'idempotency-key': 'one' });
    expect(none.status).toBe(422);
    expect(await started()).toEqual(['search']);
  });

  it('are not started where one of them is not for the caller', async () => {
    const token = await world.tokenWith(['rotate[team=find]']);
    const as = { authorization: `Bearer ${token}` };
    const refused = await start({ selector: 'env=prod' }, as);
    expect(refused).toMatchObject({ status: 403, body: { code: 'scope_missing' } });
    const acts = (await world.dump()).acts.map(({ body }) => body);
    expect(acts.at(-1)).toContain('"operation":"startRuns","resource":"checkout"');
    expect(await started()).toEqual([]);
    expect((await start({ selector: 'team=find' }, as)).status).toBe(202);
    expect(await started()).toEqual(['search']);
  });

  describe('that are named', () => {
    const refusedIn = (body: Record<string, unknown>) =>
      (body['refused'] as { rotation: string; problem: { code: string } }[]).map(
        ({ rotation, problem }) => `${rotation} ${problem.code}`,
      );

    it('are started each for itself, once, and what is refused is named', async () => {
      await world.ask('POST', '/v1/rotations/search/pause', { reason: 'freeze' });
      const { status, body } = await start({ rotations: ['docs', 'search', 'nope', 'docs', 'checkout'] });
      expect(status).toBe(202);
      expect(refusedIn(body)).toEqual(['search paused', 'nope not_found']);
      expect(await started()).toEqual(['checkout', 'docs']);
    });

    it('are the same ones where the request is sent again with its key', async () => {
      const first = await start({ rotations: ['docs', 'search'] }, { 'idempotency-key': 'one' });
      const again = await start({ rotations: ['docs', 'search'] }, { 'idempotency-key': 'one' });
      expect(again.body).toEqual(first.body);
    });

    it('are refused where they are not for the caller, who does not learn which there are', async () => {
      const as = { authorization: `Bearer ${await world.tokenWith(['rotate[team=find]'])}` };
      const { body } = await start({ rotations: ['checkout', 'nope', 'search'] }, as);
      expect(refusedIn(body)).toEqual(['checkout scope_missing', 'nope scope_missing']);
      expect(await started()).toEqual(['search']);
    });

    it.each([[{}], [{ rotations: [] }], [{ rotations: ['docs'], selector: 'env=prod' }]])(
      'or have the labels, and one of the two is said: not %j',
      async (body) => {
        expect((await start(body)).status).toBe(400);
      },
    );
  });
});
