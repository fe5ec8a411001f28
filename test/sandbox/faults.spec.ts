import { afterEach, describe, it, expect } from '@jest/globals';
import { fingerprintOf } from '../../src/rotation/secret.js';
import type { FaultEffect } from '../../src/sandbox/faults.js';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import { at, cloud, errorCode, probe, type Answer } from './client.js';

let sandbox: Sandbox;
afterEach(async () => sandbox.close());

const NAME = 'checkout-prod';

async function start(): Promise<void> {
  sandbox = await startSandbox({ timings: { planMs: 5, flickerMs: 0, switchSpreadMs: 5 } });
}

async function reset(): Promise<Answer> {
  const { id } = sandbox.deployment(NAME);
  return cloud(sandbox, `/deployments/${id}/apm/_main/_reset-token`, { method: 'POST' });
}

const get = async (): Promise<Answer> => cloud(sandbox, `/deployments/${sandbox.deployment(NAME).id}`);
const onReset = (effect: FaultEffect) =>
  sandbox.faults.add({ operation: 'deployment-apm-reset-secret-token', effect });
const onGet = (effect: FaultEffect, times = 1) =>
  sandbox.faults.add({ operation: 'get-deployment', times, effect });
const resets = (): number => sandbox.ledger.of('token.reset').length;

describe('a lost reply', () => {
  it('is one where the world acted', async () => {
    await start();
    onReset({ kind: 'reply-lost' });
    await expect(reset()).rejects.toThrow(/ECONNRESET|hang up/);
    expect(resets()).toBe(1);
    expect(sandbox.ledger.of('cloud.request')).toMatchObject([{ status: 202, reply: 'lost' }]);
    await sandbox.ledger.waitFor((entry) => entry.kind === 'plan.applied');
    expect(sandbox.ledger.of('token.reset')[0]?.fingerprint).toBe(
      fingerprintOf(sandbox.deployment(NAME).currentToken()),
    );
  });

  it('looks the same to the caller as a request that never acted', async () => {
    await start();
    onReset({ kind: 'drop-before' });
    await expect(reset()).rejects.toThrow(/ECONNRESET|hang up/);
    expect(resets()).toBe(0);
    expect(sandbox.ledger.of('cloud.request')).toMatchObject([{ status: 0, reply: 'cut' }]);
  });

  it('may stop half way through the body', async () => {
    await start();
    onReset({ kind: 'truncated' });
    await expect(reset()).rejects.toThrow(/aborted|ECONNRESET/);
    expect(resets()).toBe(1);
  });
});

describe('an injected answer', () => {
  it.each([
    [401, 'root.unauthenticated'],
    [403, 'root.unauthorized'],
    [404, 'deployments.deployment_not_found'],
    [429, 'root.rate_limit_exceeded'],
    [449, 'root.unauthorized.rbac.elevated_permissions_required'],
    [500, 'deployments.deployment_resource_no_longer_exists'],
    [503, 'root.service_unavailable'],
  ] as const)('of status %i has the form of the API and comes before it acts', async (status, code) => {
    await start();
    onReset({ kind: 'status', status });
    const answer = await reset();
    expect([answer.status, errorCode(answer)]).toEqual([status, code]);
    expect(answer.headers).toMatchObject({ 'x-cloud-error-codes': code, 'x-ratelimit-limit': '100000' });
    expect(answer.headers).not.toHaveProperty('retry-after');
    expect(resets()).toBe(0);
  });

  it('may say when to try again', async () => {
    await start();
    onGet({ kind: 'status', status: 429, retryAfter: '7' });
    expect((await get()).headers['retry-after']).toBe('7');
  });

  it('may hide that the world acted', async () => {
    await start();
    onReset({ kind: 'html', status: 502, acted: true });
    const answer = await reset();
    expect([answer.status, answer.headers['content-type']]).toEqual([502, 'text/html']);
    expect(answer.text).toContain('<html>');
    expect(resets()).toBe(1);
  });

  it('may be a page where JSON was due', async () => {
    await start();
    onGet({ kind: 'html', status: 200 });
    expect((await get()).text).toContain('Scheduled maintenance');
  });

  it('may be half of the JSON in a whole message', async () => {
    await start();
    onReset({ kind: 'malformed' });
    const answer = await reset();
    expect(answer.status).toBe(202);
    expect(() => answer.json()).toThrow(SyntaxError);
    expect(resets()).toBe(1);
  });

  it('may leave the token out', async () => {
    await start();
    onGet({ kind: 'wrong-schema' });
    onReset({ kind: 'wrong-schema' });
    expect((await get()).text).not.toContain('secret_token');
    expect((await reset()).json()).toEqual({ apm_id: sandbox.deployment(NAME).resourceId });
  });

  it('may be an empty object where it has no token to leave out', async () => {
    await start();
    sandbox.faults.add({ operation: 'list-deployments', effect: { kind: 'wrong-schema' } });
    expect((await cloud(sandbox, '/deployments')).json()).toEqual({});
  });

  it('may come piece by piece', async () => {
    await start();
    onGet({ kind: 'slow-body', ms: 60 });
    const before = performance.now();
    expect((await get()).json()).toMatchObject({ id: sandbox.deployment(NAME).id });
    expect(performance.now() - before).toBeGreaterThanOrEqual(59);
  });

  it('may never come, and nothing has happened', async () => {
    await start();
    onReset({ kind: 'silence' });
    const answering = reset();
    await sandbox.ledger.waitFor((entry) => entry.kind === 'cloud.request' && entry.reply === 'cut');
    expect(sandbox.clientCount()).toBe(1);
    expect(resets()).toBe(0);
    await sandbox.close();
    await expect(answering).rejects.toThrow(/ECONNRESET|hang up/);
  });

  it('may come from a world that acts late, whether or not the caller is still there', async () => {
    await start();
    onReset({ kind: 'act-late', ms: 80 });
    const { id } = sandbox.deployment(NAME);
    const path = `/deployments/${id}/apm/_main/_reset-token`;
    const gone = new AbortController();
    const answering = cloud(sandbox, path, { method: 'POST', signal: gone.signal });
    await sandbox.ledger.waitFor((entry) => entry.kind === 'fault');
    expect(resets()).toBe(0);
    gone.abort();
    await expect(answering).rejects.toThrow(/aborted/);
    await sandbox.ledger.waitFor((entry) => entry.kind === 'token.reset');
  });

  it('may point to another host', async () => {
    await start();
    const location = sandbox.deployment('search-prod').apmUrl;
    onGet({ kind: 'redirect', location });
    const answer = await get();
    expect([answer.status, answer.headers.location]).toEqual([302, location]);
  });

  it('may come late', async () => {
    await start();
    onGet({ kind: 'delay', ms: 60 });
    const before = performance.now();
    await get();
    expect(performance.now() - before).toBeGreaterThanOrEqual(59);
  });
});

describe('a hook', () => {
  it('runs before the world acts, e.g. for a colleague who is quicker', async () => {
    await start();
    onReset({ kind: 'before-acting', run: () => sandbox.deployment(NAME).resetByColleague() });
    expect((await reset()).text).toContain('plan still pending');
    expect(sandbox.ledger.of('token.reset')).toMatchObject([{ by: 'colleague' }]);
  });

  it('is awaited before the reply, when the world has acted already', async () => {
    await start();
    const { promise, resolve } = Promise.withResolvers<void>();
    const seen: unknown[] = [];
    onReset({
      kind: 'before-reply',
      run: async (context) => {
        seen.push(context, resets());
        await promise;
        seen.push('released');
      },
    });
    onReset({ kind: 'reply-lost' });
    const answering = reset();
    await sandbox.ledger.waitFor((entry) => entry.kind === 'plan.applied');
    seen.push('applied meanwhile');
    resolve();
    await expect(answering).rejects.toThrow(/ECONNRESET|hang up/);
    const context = {
      operation: 'deployment-apm-reset-secret-token',
      deployment: sandbox.deployment(NAME).id,
    };
    expect(seen).toEqual([context, 1, 'applied meanwhile', 'released']);
  });

  it('that throws is a defect on record, not a crash', async () => {
    await start();
    onGet({
      kind: 'before-reply',
      run: () => {
        throw new Error('planted');
      },
    });
    expect((await get()).status).toBe(500);
    expect(sandbox.ledger.of('sandbox.defect')).toMatchObject([
      { operation: 'cloud', error: new Error('planted') },
    ]);
  });
});

describe('a rule', () => {
  it('wears off after its times and counts its hits', async () => {
    await start();
    const rule = onGet({ kind: 'status', status: 503 }, 2);
    const statuses: number[] = [];
    for (let calls = 0; calls < 3; calls += 1) statuses.push((await get()).status);
    expect(statuses).toEqual([503, 503, 200]);
    expect(rule.hits()).toBe(2);
    expect(sandbox.ledger.of('fault')).toMatchObject([{ effect: 'status' }, { effect: 'status' }]);
  });

  it('waits for its turn behind another that changes the answer', async () => {
    await start();
    onGet({ kind: 'status', status: 500 });
    onGet({ kind: 'status', status: 503 });
    expect([(await get()).status, (await get()).status, (await get()).status]).toEqual([500, 503, 200]);
  });

  it('lets some pass first, and ends when it is removed', async () => {
    await start();
    const rule = sandbox.faults.add({
      operation: '*',
      times: Infinity,
      skip: 1,
      effect: { kind: 'status', status: 500 },
    });
    expect([(await get()).status, (await get()).status, (await get()).status]).toEqual([200, 500, 500]);
    rule.remove();
    expect((await get()).status).toBe(200);
  });

  it('may concern one deployment alone, by its name', async () => {
    await start();
    sandbox.faults.add({
      operation: 'get-deployment',
      deployment: 'search-prod',
      effect: { kind: 'status', status: 403 },
    });
    expect((await get()).status).toBe(200);
    expect((await cloud(sandbox, `/deployments/${sandbox.deployment('search-prod').id}`)).status).toBe(403);
  });

  it('may concern APM Server, in its own words', async () => {
    await start();
    sandbox.faults.add({ operation: 'apm.root', effect: { kind: 'status', status: 503 } });
    const answer = await probe(sandbox, NAME, sandbox.deployment(NAME).currentToken());
    expect([answer.status, at(answer.json(), 'error')]).toEqual([503, 'queue is full']);
    sandbox.faults.add({ operation: 'apm.root', effect: { kind: 'reply-lost' } });
    await expect(probe(sandbox, NAME, 'x')).rejects.toThrow(/ECONNRESET|hang up/);
  });
});
