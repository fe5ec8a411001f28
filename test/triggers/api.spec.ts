import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RotorError } from '../../src/rotation/errors.js';
import { claimedRun, refused as failed } from '../contracts/journal.contract.js';
import { ApiToken, TOKEN_FILE } from '../../src/triggers/api-token.js';
import { ScheduleTrigger } from '../../src/triggers/schedule.trigger.js';
import { ApiWorld } from './api-world.js';

const DAY = 24 * 60 * 60_000;

describe('the REST API', () => {
  let world: ApiWorld;
  beforeEach(async () => {
    world = await ApiWorld.open();
  });
  afterEach(async () => world.close());

  const ask: ApiWorld['ask'] = async (...asked) => world.ask(...asked);

  it('asks a run to try again with 202, and refuses a decision that it does not need with the reason', async () => {
    const started = await ask('POST', '/v1/rotations/checkout/runs', {});
    const where = String(started.headers['location']);
    const refused = await ask('POST', `${where}/resolve`, { how: 'adopt' });
    expect(refused).toMatchObject({ status: 409, body: { code: 'not_possible' } });
    expect(refused.body['detail']).toContain('is not stalled: it goes on by itself (preparing)');
    const retried = await ask('POST', `${where}/retry`, { reason: 'the key is back' });
    expect(retried).toMatchObject({ status: 202, headers: { location: where } });
    expect((await ask('GET', where)).body).toMatchObject({
      asked: { what: 'retry', reason: 'the key is back' },
    });
    const twice = await ask('POST', `${where}/retry`, {});
    expect(twice).toMatchObject({ status: 409, body: { code: 'not_possible' } });
    expect(twice.body['detail']).toContain('has not answered yet what was asked before (retry)');
    expect(await ask('POST', `${where}/resolve`, { how: 'guess' })).toMatchObject({ status: 400 });
    expect(await ask('POST', '/v1/runs/run_0/retry', {})).toMatchObject({ status: 404 });
  });

  it('answers a request that is sent again with the run of the first, and another one with its key with 422', async () => {
    const send = async (key: string, body: object) =>
      ask('POST', '/v1/rotations/checkout/runs', body, { 'idempotency-key': key });
    const first = await send('"8e03978e-40d5"', { reason: 'leak' });
    expect(first.status).toBe(202);
    const again = await send('8e03978e-40d5', { reason: 'leak' });
    expect([again.status, again.body]).toEqual([202, first.body]);
    expect(again.headers['location']).toBe(first.headers['location']);
    const other = await send('8e03978e-40d5', { reason: 'another' });
    expect(other.body).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
    expect((await send('', {})).status).toBe(400);
    expect((await send('x'.repeat(256), {})).body).toMatchObject({ code: 'request_invalid' });
    expect((await send('another-key', {})).body).toMatchObject({ code: 'rotation_in_progress' });
  });

  it('does the same with what is asked of a run, and with a redelivery', async () => {
    const send = async (what: string, reason: string, key = what) =>
      ask('POST', what, { reason }, { 'idempotency-key': key });
    const redeliver = '/v1/rotations/checkout/redeliver';
    const first = await send(redeliver, 'lost');
    expect(first.status).toBe(202);
    expect(await send(redeliver, 'lost')).toMatchObject({ status: 202, body: first.body });
    expect(await send(redeliver, 'other')).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    });
    const where = String(first.headers['location']);
    for (const what of ['retry', 'cancel']) {
      expect(await send(`${where}/${what}`, 'now')).toMatchObject({ status: what === 'retry' ? 202 : 409 });
      const again = await send(`${where}/${what}`, 'now');
      expect(again).toMatchObject(what === 'retry' ? { status: 202, body: first.body } : { status: 409 });
    }
    expect(await send(`${where}/cancel`, 'now', `${where}/retry`)).toMatchObject({ status: 422 });
    expect(await send(`${where}/cancel`, 'now', '')).toMatchObject({ status: 400 });
    const { id } = first.body as { id: string };
    const asked = (await world.journal.entries(id)).filter((entry) => entry.asked);
    expect(asked).toHaveLength(1);
  });

  it('starts one run for a retry that is sent again, of a run that has ended', async () => {
    const { run, claim } = await claimedRun(world.journal);
    await world.journal.append(claim, { state: failed });
    const retry = async () =>
      ask('POST', `/v1/runs/${run.id}/retry`, { reason: 'now' }, { 'idempotency-key': 'one' });
    const first = await retry();
    expect(first.body['id']).not.toBe(run.id);
    expect(await retry()).toMatchObject({ status: 202, body: first.body });
    expect(await world.journal.list({ limit: 10 })).toHaveLength(2);
  });

  it('starts a run with 202 and says where it is', async () => {
    const started = await ask('POST', '/v1/rotations/checkout/runs', { reason: 'leak' });
    expect(started).toMatchObject({ status: 202, body: { rotation: 'checkout' } });
    const run = await ask('GET', String(started.headers['location']));
    expect(run.body).toMatchObject({
      id: started.body['id'],
      state: 'preparing',
      trigger: { reason: 'leak' },
    });
  });

  it('shows what was not measured as null, never as 0', async () => {
    const { headers } = await ask('POST', '/v1/rotations/checkout/runs');
    const { body } = await ask('GET', String(headers['location']));
    expect(body).toMatchObject({
      authGapMs: null,
      events: { sent: null, accepted: null, lost: null },
      durationMs: null,
    });
  });

  it.each([
    ['a form', 'application/x-www-form-urlencoded', 'mode=adopt', 415, 'media_type_unsupported'],
    ['XML', 'text/xml', '<a/>', 415, 'media_type_unsupported'],
    ['plain text', 'text/plain', '{}', 415, 'media_type_unsupported'],
    ['JSON that is too long', 'application/json', `"${'a'.repeat(70_000)}"`, 413, 'body_too_large'],
    ['JSON that is none', 'application/json', '{', 400, 'request_invalid'],
  ])('refuses %s and starts nothing', async (_what, type, payload, status, code) => {
    const request = { method: 'POST', url: '/v1/rotations/checkout/runs', payload } as const;
    const headers = { 'content-type': type };
    const known = await world.app.inject({
      ...request,
      headers: { ...headers, authorization: `Bearer ${world.token}` },
    });
    expect({ status: known.statusCode, code: known.json<{ code: string }>().code }).toEqual({ status, code });
    expect(known.headers['content-type']).toContain('application/problem+json');
    // Whoever has no token is told that, whatever the body.
    expect((await world.app.inject({ ...request, headers })).statusCode).toBe(401);
    expect(await world.journal.active()).toEqual(new Set());
  });

  it('answers 409 with the place of the run that is going on', async () => {
    const { headers } = await ask('POST', '/v1/rotations/checkout/runs');
    const second = await ask('POST', '/v1/rotations/checkout/runs');
    expect(second).toMatchObject({ status: 409, body: { code: 'rotation_in_progress' } });
    expect(second.headers['location']).toBe(headers['location']);
    expect(second.headers['content-type']).toContain('application/problem+json');
  });

  it('waits for news of a run as long as it is asked to, and no longer', async () => {
    const { body } = await ask('POST', '/v1/rotations/checkout/runs');
    const waiting = ask('GET', `/v1/runs/${String(body['id'])}?wait=30s&since=1`);
    const claim = await world.journal.claim();
    if (!claim) throw new Error('nothing to claim');
    await world.journal.append(claim, { note: 'news' });
    expect((await waiting).body).toMatchObject({ seq: 2 });
    expect((await ask('GET', `/v1/runs/${String(body['id'])}?wait=0s&since=2`)).body).toMatchObject({
      seq: 2,
    });
  });

  it.each([
    ['an unknown rotation', 'POST', '/v1/rotations/nope/runs', undefined, 404, 'checkout'],
    ['an unknown run', 'GET', '/v1/runs/run_nope', undefined, 404, 'run_nope'],
    ['an unknown path', 'GET', '/v1/nope', undefined, 404, '/v1/nope'],
    ['an unknown field', 'POST', '/v1/rotations/checkout/runs', { emergency: true }, 400, 'emergency'],
    ['a wrong mode', 'POST', '/v1/rotations/checkout/runs', { mode: 'both' }, 400, 'rotate'],
    ['a list of no runs', 'GET', '/v1/runs?limit=0', undefined, 400, 'limit'],
    ['a wait without a unit', 'GET', '/v1/runs/x?wait=30', undefined, 400, '60s'],
  ] as const)('answers %s with a problem that names it', async (_what, method, url, body, status, named) => {
    const reply = await ask(method, url, body);
    expect(reply).toMatchObject({
      status,
      body: { status, type: expect.stringMatching(/^\/problems\/[a-z-]+$/) },
    });
    expect(String(reply.body['detail'])).toContain(named);
    expect(reply.headers['location']).toBeUndefined();
  });

  it.each([
    ['no token', ''],
    ['a wrong token', 'Bearer rot_wrong'],
    ['another scheme', 'Basic cm90b3I6cm90b3I='],
  ])('refuses %s with 401', async (_what, authorization) => {
    for (const path of ['/v1/rotations', '/v1/runs/x']) {
      const reply = await ask('GET', path, undefined, { authorization });
      expect(reply).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    }
    expect((await ask('POST', '/v1/rotations/checkout/runs', {}, { authorization })).status).toBe(401);
    expect(await world.journal.list({ limit: 1 })).toEqual([]);
  });

  it('is live and ready without a token, and not ready when the journal is gone', async () => {
    expect((await ask('GET', '/livez', undefined, { authorization: '' })).status).toBe(200);
    expect((await ask('GET', '/readyz', undefined, { authorization: '' })).status).toBe(200);
    const check = world.journal.check.bind(world.journal);
    world.journal.check = async () => {
      throw new RotorError('journal_unavailable', 'the disk is full');
    };
    expect(await ask('GET', '/readyz', undefined, { authorization: '' })).toMatchObject({
      status: 503,
      body: { detail: 'the disk is full' },
    });
    world.journal.check = check;
  });

  it('shows its metrics as Prometheus reads them, to whoever has the token', async () => {
    expect((await ask('GET', '/metrics', undefined, { authorization: '' })).status).toBe(401);
    const authorization = `Bearer ${world.token}`;
    const reply = await world.app.inject({ method: 'GET', url: '/metrics', headers: { authorization } });
    expect(reply.statusCode).toBe(200);
    expect(reply.headers['content-type']).toContain('text/plain');
    expect(reply.body).toContain('# TYPE rotor_drift gauge');
  });

  it('lists rotations with what they are at and when they are due', async () => {
    expect((await ask('GET', '/v1/rotations')).body).toMatchObject({
      rotations: [{ name: 'checkout', state: 'new', lastRun: null, fingerprint: null }],
    });
    await ask('POST', '/v1/rotations/checkout/runs');
    expect((await ask('GET', '/v1/rotations')).body).toMatchObject({ rotations: [{ state: 'rotating' }] });
  });

  it('keeps its token in a file for the owner alone, and knows it again by its hash after a restart', async () => {
    const mode = (await stat(join(world.folder, TOKEN_FILE))).mode & 0o777;
    expect(mode.toString(8)).toBe('600');
    await rm(join(world.folder, TOKEN_FILE));
    const again = await ApiToken.open(world.folder);
    expect([again.is(world.token), again.is(`${world.token}x`)]).toEqual([true, false]);
    await expect(stat(join(world.folder, TOKEN_FILE))).rejects.toThrow('ENOENT');
  });

  it('tells that the log holds together, to whom it knows', async () => {
    await ask('POST', '/v1/rotations/checkout/runs', { reason: 'leak' });
    expect(await ask('GET', '/v1/audit')).toMatchObject({
      status: 200,
      body: { runs: 1, entries: 1, faults: [] },
    });
    expect((await ask('GET', '/v1/audit', undefined, { authorization: '' })).status).toBe(401);
  });

  it('is joined by the schedule, which starts what is due, once', async () => {
    const schedule = world.app.get(ScheduleTrigger);
    await schedule.tick();
    expect(await world.journal.list({ limit: 9 })).toEqual([]);
    world.clock.advance(31 * DAY);
    await schedule.tick();
    await schedule.tick();
    expect(await world.journal.list({ limit: 9 })).toMatchObject([
      { rotation: 'checkout', trigger: { kind: 'schedule', reason: 'too_old' } },
    ]);
  });
});
