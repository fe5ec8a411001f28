import { afterEach, describe, it, expect } from '@jest/globals';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.js';
import { at, cloud, errorCode, send } from './client.js';

let sandbox: Sandbox;
afterEach(async () => sandbox.close());

const FAST = { planMs: 20, flickerMs: 0, switchSpreadMs: 10 };
const OWN = ['resources', 'apm', 0] as const;

async function start(options: SandboxOptions = {}): Promise<void> {
  sandbox = await startSandbox({ timings: FAST, ...options });
}

async function resource(name: string): Promise<unknown> {
  const answer = await cloud(sandbox, `/deployments/${sandbox.deployment(name).id}/apm/_main`);
  expect(answer.status).toBe(200);
  return answer.json();
}

describe('reading deployments', () => {
  it('lists names and resources without tags, plans or tokens', async () => {
    await start();
    const answer = await cloud(sandbox, '/deployments');
    expect(answer.status).toBe(200);
    const listed = at(answer.json(), 'deployments');
    expect(listed).toMatchObject([
      { name: 'checkout-prod' },
      { name: 'search-prod' },
      { name: 'billing-staging' },
    ]);
    expect(at(listed, 0, 'resources', 2)).toMatchObject({ kind: 'apm', ref_id: 'main-apm' });
    expect(at(listed, 1, 'resources', 2)).toMatchObject({ kind: 'integrations_server' });
    expect(answer.text).not.toMatch(/tags|plan|token/);
  });

  it('shows the token of the plan in force, also in the topology that a template enriches', async () => {
    await start();
    const handle = sandbox.deployment('checkout-prod');
    const full = (await cloud(sandbox, `/deployments/${handle.id}`)).json();
    const plan = at(full, ...OWN, 'info', 'plan_info', 'current', 'plan');
    const settings = { system_settings: { secret_token: handle.currentToken() } };
    expect(plan).toMatchObject({ apm: settings, cluster_topology: [{ apm: settings }] });
    const bare = (await cloud(sandbox, `/deployments/${handle.id}?enrich_with_template=false`)).json();
    const topology = at(bare, ...OWN, 'info', 'plan_info', 'current', 'plan', 'cluster_topology', 0);
    expect(topology).not.toHaveProperty('apm');
  });

  it('shows no plan and so no token when told not to', async () => {
    await start();
    const { id } = sandbox.deployment('checkout-prod');
    const answer = await cloud(sandbox, `/deployments/${id}?show_plans=false`);
    expect(at(answer.json(), ...OWN, 'info', 'plan_info')).toEqual({ healthy: true, history: [] });
    expect(answer.text).not.toContain('secret_token');
  });

  it('serves a managed Integrations Server with its mode and its provisioned token', async () => {
    await start();
    const { id } = sandbox.deployment('search-prod');
    const found = (
      await cloud(sandbox, `/deployments/${id}/integrations_server/main-integrations_server`)
    ).json();
    expect(at(found, 'info', 'apm_server_mode')).toBe('managed');
    const token = sandbox.deployment('search-prod').currentToken();
    expect(at(found, 'info', 'plan_info', 'current', 'plan', 'integrations_server')).toMatchObject({
      mode: 'managed',
      system_settings: { secret_token: token },
    });
  });

  it('tells what is missing, a deployment or its resource', async () => {
    await start();
    const { id } = sandbox.deployment('checkout-prod');
    const absent = await cloud(sandbox, '/deployments/0123456789abcdef0123456789abcdef');
    expect([absent.status, errorCode(absent)]).toEqual([404, 'deployments.deployment_not_found']);
    expect(absent.headers['x-cloud-error-codes']).toBe('deployments.deployment_not_found');
    for (const path of ['apm/other', 'integrations_server/_main']) {
      const answer = await cloud(sandbox, `/deployments/${id}/${path}`);
      expect([answer.status, errorCode(answer)]).toEqual([404, 'deployments.deployment_resource_not_found']);
    }
  });

  it('gives version 7 an endpoint and a port, and later ones service URLs while they run', async () => {
    await start({
      deployments: [
        { name: 'old', kind: 'apm', mode: 'standalone', version: '7.17.29' },
        { name: 'new', kind: 'apm', mode: 'standalone' },
      ],
    });
    const port = Number(new URL(sandbox.deployment('old').apmUrl).port);
    expect(at(await resource('old'), 'info', 'metadata', 'ports', 'https')).toBe(port);
    expect(at(await resource('old'), 'info', 'metadata')).not.toHaveProperty('services_urls');
    const { apmUrl } = sandbox.deployment('new');
    expect(at(await resource('new'), 'info', 'metadata', 'services_urls')).toEqual([
      { service: 'apm', url: apmUrl },
    ]);
    sandbox.deployment('new').stop();
    expect(at(await resource('new'), 'info')).toMatchObject({ status: 'stopped' });
    expect(at(await resource('new'), 'info', 'metadata')).not.toHaveProperty('services_urls');
  });

  it('forgets a deleted deployment', async () => {
    await start();
    const { id } = sandbox.deployment('checkout-prod');
    sandbox.deployment('checkout-prod').delete();
    expect((await cloud(sandbox, `/deployments/${id}`)).status).toBe(404);
    expect(() => sandbox.deployment('checkout-prod')).toThrow('only: search-prod, billing-staging');
  });
});

describe('every answer', () => {
  it('is refused without the API key, in any other scheme too', async () => {
    await start();
    for (const authorization of [
      '',
      sandbox.cloud.apiKey,
      `Bearer ${sandbox.cloud.apiKey}`,
      'ApiKey nonsense',
    ]) {
      const answer = await cloud(sandbox, '/deployments', { headers: { authorization } });
      expect([answer.status, errorCode(answer)]).toEqual([401, 'root.unauthenticated']);
    }
  });

  it('tells the rate limit and when the key expires', async () => {
    const apiKeyExpires = new Date('2027-01-31T12:00:00Z');
    await start({ apiKeyExpires, rateLimit: { limit: 2, intervalMs: 60_000 } });
    const first = await cloud(sandbox, '/deployments');
    expect(first.headers).toMatchObject({
      'x-elastic-api-key-expiration': '2027-01-31T12:00:00.000Z',
      'x-ratelimit-interval': '60',
      'x-ratelimit-limit': '2',
      'x-ratelimit-remaining': '1',
    });
    expect((await cloud(sandbox, '/nowhere')).status).toBe(404);
    expect((await cloud(sandbox, '/deployments')).status).toBe(429);
  });

  it('is written down with its operation', async () => {
    await start();
    await cloud(sandbox, '/deployments');
    await cloud(sandbox, '/nowhere');
    expect(sandbox.ledger.of('cloud.request')).toMatchObject([
      { method: 'GET', operationId: 'list-deployments', status: 200, reply: 'sent' },
      { operationId: 'unknown', status: 404 },
    ]);
  });

  it('comes over TLS that a stranger does not trust', async () => {
    await start();
    const { caPem } = await import('../../src/sandbox/certificates.js').then(async (module) =>
      module.createAuthority(),
    );
    await expect(send(caPem, sandbox.cloud.url)).rejects.toThrow(/certificate/);
  });
});
