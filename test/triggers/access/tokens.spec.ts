import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { idIn, makeToken } from '../../../src/triggers/access/token-form.js';
import { ApiWorld } from '../api-world.js';

const DAY = 24 * 60 * 60_000;

describe('API tokens', () => {
  let world: ApiWorld;
  beforeEach(async () => {
    world = await ApiWorld.open({ others: { search: { env: 'staging' } } });
  });
  afterEach(async () => world.close());

  const as = async (token: string, ...[method, url, body, headers]: Parameters<ApiWorld['ask']>) =>
    world.ask(method, url, body, { authorization: `Bearer ${token}`, ...headers });
  const rotationsFor = async (token: string) => {
    const { rotations } = (await as(token, 'GET', '/v1/rotations')).body as { rotations: { name: string }[] };
    return rotations.map(({ name }) => name);
  };

  it('are shown once, and kept as a hash', async () => {
    const made = await world.ask('POST', '/v1/tokens', { name: 'ci', grants: ['read', 'rotate[env=prod]'] });
    expect(made).toMatchObject({
      status: 201,
      body: { name: 'ci', state: 'active', createdBy: 'the owner' },
    });
    const token = String(made.body['token']);
    const listed = await world.ask('GET', '/v1/tokens');
    expect(listed.body).toMatchObject({ tokens: [{ name: 'ci', grants: ['read', 'rotate[env=prod]'] }] });
    expect(JSON.stringify(listed.body)).not.toContain(token.slice(20));
    expect(JSON.stringify(await world.dump())).not.toContain(token.slice(20));
  });

  it('with labels see and start what has these labels, and nothing else', async () => {
    await world.ask('POST', '/v1/rotations/checkout/runs', {});
    const token = await world.tokenWith(['read[env=staging]', 'rotate[env=staging]']);
    expect(await rotationsFor(token)).toEqual(['search']);
    expect((await as(token, 'GET', '/v1/runs')).body).toMatchObject({ runs: [] });
    const refused = await as(token, 'POST', '/v1/rotations/checkout/runs', {});
    expect(refused).toMatchObject({ status: 403, body: { code: 'scope_missing' } });
    expect(refused.body['detail']).toContain('it needs the scope rotate for checkout');
    const started = await as(token, 'POST', '/v1/rotations/search/runs', { reason: 'leak' });
    const run = await as(token, 'GET', String(started.headers['location']));
    expect(run.body).toMatchObject({ trigger: { reason: 'leak', by: expect.stringContaining('API token') } });
    expect((await as(token, 'GET', '/v1/runs')).body).toMatchObject({ runs: [{ rotation: 'search' }] });
  });

  it('are worth nothing from their end on, and from when they are revoked', async () => {
    const short = await world.tokenWith(['read'], { expiresInDays: 1 });
    const long = await world.tokenWith(['read']);
    world.clock.advance(DAY - 1);
    expect((await as(short, 'GET', '/v1/rotations')).status).toBe(200);
    world.clock.advance(1);
    const expired = await as(short, 'GET', '/v1/rotations');
    expect(expired).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    expect(expired.body['detail']).toMatch(/API token read \(\w+\) expired at 2026-11-24T12:00:00.000Z/);
    const revoked = await world.ask('DELETE', `/v1/tokens/${idIn(long)}`);
    expect(revoked.body).toMatchObject({ state: 'revoked', lastUsedAt: null });
    expect((await as(long, 'GET', '/v1/rotations')).body['detail']).toContain('was revoked');
    expect(await world.ask('DELETE', '/v1/tokens/0000000000')).toMatchObject({ status: 404 });
  });

  it('say when they were used last, to the minute', async () => {
    const token = await world.tokenWith(['read']);
    const lastUsed = async () =>
      ((await world.ask('GET', '/v1/tokens')).body as { tokens: { lastUsedAt: string }[] }).tokens[0]
        ?.lastUsedAt;
    await rotationsFor(token);
    expect(await lastUsed()).toBe('2026-11-23T12:00:00.000Z');
    world.clock.advance(59_999);
    await rotationsFor(token);
    expect(await lastUsed()).toBe('2026-11-23T12:00:00.000Z');
    world.clock.advance(1);
    await rotationsFor(token);
    expect(await lastUsed()).toBe('2026-11-23T12:01:00.000Z');
  });

  it.each([
    ['a scope that there is not', ['delete']],
    ['labels where there are none to have', ['admin[env=prod]']],
    ['a label without a value', ['rotate[env]']],
    ['nothing', []],
  ])('are not made for %s', async (_what, grants) => {
    const refused = await world.ask('POST', '/v1/tokens', { name: 'ci', grants });
    expect(refused).toMatchObject({ status: 400, body: { code: 'request_invalid' } });
  });

  it('that were mistyped are told from others without asking the journal', () => {
    const { id, token } = makeToken();
    const text = token.reveal();
    expect(text).toMatch(/^rot_[0-9a-z]{10}_[0-9A-Za-z]{49}$/);
    expect(idIn(text)).toBe(id);
    const other = text.endsWith('a') ? 'b' : 'a';
    expect(idIn(text.slice(0, -1) + other)).toBeUndefined();
    expect(idIn(`${text}a`)).toBeUndefined();
  });

  it('leave their making, their end and what they were denied in the audit log, once a minute', async () => {
    const token = await world.tokenWith(['read']);
    for (let times = 0; times < 3; times += 1) await as(token, 'POST', '/v1/rotations/checkout/runs', {});
    await world.ask('DELETE', `/v1/tokens/${idIn(token)}`);
    const acts = (await world.dump()).acts.map(({ body }) => JSON.parse(body) as { what: string });
    expect(acts.map(({ what }) => what)).toEqual(['token_created', 'denied', 'token_revoked']);
    expect(acts[1]).toMatchObject({ operation: 'startRun', resource: 'checkout' });
    expect((await world.ask('GET', '/v1/audit')).body).toMatchObject({ acts: 3, faults: [] });
  });
});
