import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { fingerprintOf, Secret } from '../../src/rotation/secret.js';
import { never } from '../fakes/never.js';
import { authority, startTlsServer } from '../http/local-servers.js';
import { until } from '../fakes/until.js';
import { AgentsWorld, fileTargetFor } from './agents-world.js';

describe('simulated agents', () => {
  let world: AgentsWorld;
  beforeEach(async () => {
    world = await AgentsWorld.start();
  });
  afterEach(() => world.close());

  it.each([true, false])('lose nothing while the token stays (compressed: %s)', async (gzip) => {
    const fleet = await world.agents({ simulated: 20, gzip });
    await fleet.settled();
    for (let request = 0; request < 30; request += 1) await world.nextIntake(202);
    const { sent, droppedByAgent } = await fleet.stop();
    expect(world.intake().map(({ status }) => status)).not.toContain(401);
    expect(sent).toBeGreaterThan(20);
    expect({ lost: sent - world.accepted(), droppedByAgent }).toEqual({ lost: 0, droppedByAgent: 0 });
  });

  it('lose what they send with the old token, and know how much, until they have read the new one', async () => {
    const fleet = await world.agents({ simulated: 4, backoffFactor: 0.01 });
    await world.nextIntake(202);
    await world.changeToken();
    await world.nextIntake(401);
    const token = new Secret(world.deployment.currentToken());
    const target = fileTargetFor(fleet.targets[0]);
    await target.deliver(token, never());
    await until('the agents have read the token', async () => {
      const seen = await target.observe(token.fingerprint, never());
      return seen.state === 'converged' && seen.of === 4;
    });
    const before = world.accepted();
    await world.nextIntake(202);
    expect(world.accepted()).toBeGreaterThan(before);
    const { sent, droppedByAgent } = await fleet.stop();
    expect(droppedByAgent).toBeGreaterThan(0);
    expect(sent - world.accepted()).toBe(droppedByAgent);
  });

  it('tell by their check that they still run with the old token', async () => {
    const fleet = await world.agents({ simulated: 3, reloadMs: 600_000 });
    const target = fileTargetFor(fleet.targets[0]);
    const token = new Secret(world.sandbox.random.fork('another token').base62(40));
    const old = fingerprintOf(world.deployment.currentToken());
    expect(await target.observe(old, never())).toEqual({ state: 'converged', seen: 3, of: 3 });
    await target.deliver(token, never());
    expect(await target.observe(token.fingerprint, never())).toEqual({ state: 'pending', seen: 0, of: 3 });
  });

  it('keep the token that they have when the file is empty', async () => {
    const fleet = await world.agents({ simulated: 1, reloadMs: 5 });
    await writeFile(fleet.targets[0]?.path ?? '', '');
    for (let request = 0; request < 3; request += 1) await world.nextIntake(202);
    expect(world.intake().map(({ status }) => status)).not.toContain(401);
  });

  it('hold each request open for the configured time', async () => {
    await world.agents({ simulated: 1, apiRequestTimeMs: 300 });
    for (let request = 0; request < 3; request += 1) await world.nextIntake(202);
    const open = world.sandbox.ledger.of('apm.request').map(({ at, startedAt }) => at - startedAt);
    expect(Math.min(...open.slice(1))).toBeGreaterThan(250);
  });

  it('pause longer after each refusal in a row', async () => {
    await world.agents({ simulated: 1, backoffFactor: 0.1, apiRequestTimeMs: 20 });
    await world.nextIntake(202);
    await world.changeToken();
    for (let refusal = 0; refusal < 4; refusal += 1) await world.nextIntake(401);
    const refused = world.sandbox.ledger.of('apm.request').filter(({ status }) => status === 401);
    const pauses = refused.slice(1).map(({ startedAt }, index) => startedAt - (refused[index]?.at ?? 0));
    // The specification's 1 s and 4 s, a tenth of each less 10 %.
    expect(pauses[1]).toBeGreaterThanOrEqual(85);
    expect(pauses[2]).toBeGreaterThanOrEqual(355);
    expect(pauses[0]).toBeLessThan(pauses[2] ?? 0);
  });

  it('hold no more events than their queue takes while they pause', async () => {
    const fleet = await world.agents({ simulated: 1, queueLimit: 10, apiRequestTimeMs: 20 });
    await world.nextIntake(202);
    await world.changeToken();
    await world.nextIntake(401);
    await world.nextIntake(401);
    // Now it pauses for about 1 s, in which it generates 100.
    await writeFile(fleet.targets[0]?.path ?? '', world.deployment.currentToken());
    await world.nextIntake(202);
    expect(world.intake().at(-1)?.events?.accepted).toBeLessThan(50);
    const { sent, droppedByAgent } = await fleet.stop();
    expect(droppedByAgent).toBeGreaterThan(50);
    expect(sent - world.accepted()).toBe(droppedByAgent);
  });

  it('survive a server that refuses at once, or cannot be reached', async () => {
    const server = await startTlsServer((_request, response) => response.writeHead(401).end());
    const caPem = authority.caPem;
    const fleet = await world.agents({ simulated: 2, apmUrl: server.url, caPem, backoffFactor: 0.001 });
    await until('it was refused often', () => server.requests.length > 5);
    await server.close();
    await fleet.settled();
    const { sent, droppedByAgent } = await fleet.stop();
    expect(droppedByAgent).toBe(sent);
  });

  it('generate the same with the same seed, and something else with another', async () => {
    const firsts = await Promise.all([7, 7, 8].map((seed) => firstTransaction(world, seed)));
    expect(firsts[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(firsts[1]).toBe(firsts[0]);
    expect(firsts[2]).not.toBe(firsts[0]);
  });
});

async function firstTransaction(world: AgentsWorld, seed: number): Promise<string | undefined> {
  const server = await startTlsServer((_request, response) => response.writeHead(202).end());
  const folder = `${world.folder}/seeded-${server.port}`;
  const { caPem } = authority;
  const fleet = await world.agents({ simulated: 1, apmUrl: server.url, caPem, folder, seed, gzip: false });
  await until('a request has come', () => server.requests.length > 0);
  await fleet.stop();
  await server.close();
  return /"trace_id":"(\w+)"/.exec(server.requests[0]?.body ?? '')?.[1];
}
