import { describe, it, expect } from '@jest/globals';
import { Agent } from 'node:https';
import { createLedger } from '../../src/sandbox/ledger.js';
import { until } from '../fakes/until.js';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import { apm, cloud, probe, send } from './client.js';

const FAST = { timings: { planMs: 5, flickerMs: 0, switchSpreadMs: 20 } };

/** Everything about a world that its seed decides. */
async function portrait(sandbox: Sandbox): Promise<unknown> {
  const handle = sandbox.deployment('checkout-prod');
  const first = handle.currentToken();
  handle.resetByColleague();
  await sandbox.ledger.waitFor(() => sandbox.ledger.of('instance.switched').length === 3);
  const order = sandbox.ledger.of('instance.switched').map(({ instance }) => instance);
  for (let probes = 0; probes < 3; probes += 1) await probe(sandbox, 'checkout-prod', handle.currentToken());
  const turns = sandbox.ledger.of('apm.request').map(({ instance }) => instance);
  const ids = sandbox.deployments().map(({ id, resourceId }) => [id, resourceId]);
  const attempt = sandbox.ledger.of('token.reset')[0]?.planAttempt;
  return { ids, first, second: handle.currentToken(), order, turns, attempt, key: sandbox.cloud.apiKey };
}

async function portraitOf(seed: number): Promise<unknown> {
  const sandbox = await startSandbox({ seed, ...FAST });
  try {
    return await portrait(sandbox);
  } finally {
    await sandbox.close();
  }
}

const running = (kind: RegExp): string[] =>
  process.getActiveResourcesInfo().filter((resource) => kind.test(resource));

describe('the sandbox', () => {
  it('is the same world for the same seed and another for another', async () => {
    const world = await portraitOf(11);
    expect(await portraitOf(11)).toEqual(world);
    expect(await portraitOf(12)).not.toEqual(world);
  });

  it('leaves nothing running when it closes in the middle of things', async () => {
    const timersBefore = running(/Timeout/).length;
    const sandbox = await startSandbox({ timings: { planMs: 60_000, apiLatencyMs: 60_000 } });
    const handle = sandbox.deployment('checkout-prod');
    const url = handle.apmUrl;
    handle.resetByColleague();
    const agent = new Agent({ keepAlive: true });
    await apm(sandbox, 'checkout-prod', '/', { agent });
    const slow = Promise.allSettled([cloud(sandbox, '/deployments')]);
    while (sandbox.clientCount() < 2) await apm(sandbox, 'search-prod', '/');
    await sandbox.close();
    expect(await slow).toMatchObject([{ status: 'rejected', reason: { code: 'ECONNRESET' } }]);
    agent.destroy();
    expect(sandbox.clientCount()).toBe(0);
    await expect(send(sandbox.caPem, url)).rejects.toThrow('ECONNREFUSED');
    expect(running(/TCPServer|TLS/)).toEqual([]);
    // Node and jest have timers of their own, of a moment; one of the sandbox's would last a minute.
    await until('the timers are gone', () => running(/Timeout/).length <= timersBefore);
  });

  it('shares its authority, its ledger and its streams with another', async () => {
    const ledger = createLedger();
    const one = await startSandbox({ ...FAST, ledger });
    const other = await startSandbox({ ...FAST, ledger, authority: one.authority, random: one.random });
    await cloud(one, '/deployments');
    const { cloud: api } = other;
    await send(one.caPem, `${api.url}/api/v1/deployments`, {
      headers: { authorization: `ApiKey ${api.apiKey}` },
    });
    expect(ledger.of('cloud.request').map(({ status }) => status)).toEqual([200, 200]);
    await Promise.all([one.close(), other.close()]);
  });

  it('keeps deployments of one name apart', async () => {
    const twin = { name: 'twin', kind: 'apm', mode: 'standalone' } as const;
    const sandbox = await startSandbox({ deployments: [twin, twin] });
    const [one, other] = sandbox.deployments();
    expect(one?.id).not.toBe(other?.id);
    expect(one?.currentToken()).not.toBe(other?.currentToken());
    expect(sandbox.deployment(other?.id ?? '')).toBe(other);
    await sandbox.close();
  });

  it('answers by name as well as by address', async () => {
    const sandbox = await startSandbox(FAST);
    const answer = await send(
      sandbox.caPem,
      sandbox.deployment('search-prod').apmUrl.replace('127.0.0.1', 'localhost'),
    );
    expect(answer.status).toBe(200);
    await sandbox.close();
  });

  it('takes about the latency that it was given', async () => {
    const sandbox = await startSandbox({ timings: { apiLatencyMs: 80 } });
    const before = performance.now();
    await cloud(sandbox, '/deployments');
    expect(performance.now() - before).toBeGreaterThanOrEqual(80 * 0.75 - 2);
    await sandbox.close();
  });
});
