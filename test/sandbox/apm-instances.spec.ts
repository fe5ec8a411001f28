import { afterEach, describe, it, expect } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:https';
import { gzipSync } from 'node:zlib';
import { fingerprintOf } from '../../src/rotation/secret.js';
import type { ApmRequest } from '../../src/sandbox/ledger.js';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.js';
import { apm, probe } from './client.js';

let sandbox: Sandbox;
afterEach(async () => sandbox.close());

const NAME = 'checkout-prod';
const EVENTS = '/intake/v2/events';
const BOGUS = randomBytes(12).toString('hex');

async function start(options: Partial<SandboxOptions> & { instances?: number } = {}): Promise<void> {
  const { instances = 3, ...rest } = options;
  sandbox = await startSandbox({
    timings: { planMs: 5, flickerMs: 0, switchSpreadMs: 30 },
    deployments: [{ name: NAME, kind: 'apm', mode: 'standalone', instances }],
    ...rest,
  });
}

const token = (): string => sandbox.deployment(NAME).currentToken();
const bearer = (value: string): Record<string, string> => ({ authorization: `Bearer ${value}` });

function ndjson(...types: string[]): string {
  const lines = [
    { metadata: { service: { name: 'orders' } } },
    ...types.map((type) => ({ [type]: { id: 'a' } })),
  ];
  return lines
    .map(
      (line) => `${JSON.stringify(line)}
`,
    )
    .join('');
}

const last = (): (ApmRequest & { at: number }) | undefined => sandbox.ledger.of('apm.request').at(-1);

/** A request whose body is still open: what has been written is on its way, what the server says is collected. */
function openIntake(value: string, agent: Agent | false = false) {
  const statuses: number[] = [];
  const sent = request(`${sandbox.deployment(NAME).apmUrl}${EVENTS}`, {
    ca: sandbox.caPem,
    method: 'POST',
    agent,
    headers: { ...bearer(value), accept: 'application/json', 'content-encoding': 'gzip' },
  });
  const answered = new Promise<number>((resolve, reject) => {
    sent.on('error', reject);
    sent.on('response', (response) => {
      statuses.push(response.statusCode ?? 0);
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
  });
  return { sent, answered, statuses };
}

describe('a request that stays open', () => {
  it('hears of its refusal only when its body has ended', async () => {
    await start();
    const compressed = gzipSync(ndjson('span', 'span'));
    const open = openIntake(BOGUS);
    open.sent.write(compressed.subarray(0, 20));
    // Requests of others are served meanwhile, so the refusal would have had the time to arrive.
    for (let probes = 0; probes < 5; probes += 1) await probe(sandbox, NAME, token());
    expect(open.statuses).toEqual([]);
    open.sent.end(compressed.subarray(20));
    expect(await open.answered).toBe(401);
    expect(last()?.events).toMatchObject({ dropped: 2 });
  });

  it('hears of it after 256 KiB, and its connection is closed then', async () => {
    await start();
    const open = openIntake(BOGUS);
    open.sent.write(gzipSync(ndjson('span')));
    open.sent.write(Buffer.alloc(300 * 1024));
    expect(await open.answered).toBe(401);
    open.sent.destroy();
  });

  it('hears of it at once where it announces more than that', async () => {
    await start();
    const open = openIntake(BOGUS);
    open.sent.setHeader('content-length', 256 * 1024);
    open.sent.flushHeaders();
    expect(await open.answered).toBe(401);
    open.sent.destroy();
  });

  it('finishes on the token that it began with', async () => {
    await start({ instances: 1 });
    const compressed = gzipSync(ndjson('span'));
    const open = openIntake(token());
    open.sent.write(compressed.subarray(0, 20));
    await probe(sandbox, NAME, BOGUS);
    sandbox.deployment(NAME).resetByColleague();
    await sandbox.ledger.waitFor((entry) => entry.kind === 'instance.switched');
    open.sent.end(compressed.subarray(20));
    expect(await open.answered).toBe(202);
    const switched = sandbox.ledger.of('instance.switched')[0];
    expect(last()?.startedAt).toBeLessThan(switched?.at ?? 0);
    expect(last()?.at).toBeGreaterThan(switched?.at ?? Infinity);
  });
});

describe('several instances behind one URL', () => {
  it('take new connections in turn, and keep those they have', async () => {
    await start();
    for (let probes = 0; probes < 6; probes += 1) await probe(sandbox, NAME, token());
    const instances = sandbox.ledger.of('apm.request').map(({ instance }) => instance);
    expect(new Set(instances.slice(0, 3)).size).toBe(3);
    expect(instances.slice(3)).toEqual(instances.slice(0, 3));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let probes = 0; probes < 4; probes += 1) await apm(sandbox, NAME, '/', { agent });
    agent.destroy();
    expect(
      new Set(
        sandbox.ledger
          .of('apm.request')
          .slice(6)
          .map(({ instance }) => instance),
      ).size,
    ).toBe(1);
  });

  it('disagree while they switch, and agree afterwards', async () => {
    await start({ timings: { planMs: 5, flickerMs: 0, switchSpreadMs: 150 } });
    const old = fingerprintOf(token());
    sandbox.deployment(NAME).resetByColleague();
    await sandbox.ledger.waitFor((entry) => entry.kind === 'instance.switched');
    const between = sandbox
      .deployment(NAME)
      .acceptedFingerprints()
      .map(({ fingerprint }) => fingerprint);
    expect(new Set(between)).toEqual(new Set([old, fingerprintOf(token())]));
    await sandbox.ledger.waitFor(() => sandbox.ledger.of('instance.switched').length === 3);
    const applied = sandbox.ledger.of('plan.applied')[0]?.at ?? 0;
    const lastSwitch = sandbox.ledger.of('instance.switched').at(-1)?.at ?? 0;
    // The last of three has the last third of the spread to itself; a timer may be late but not early.
    expect(lastSwitch - applied).toBeGreaterThanOrEqual(98);
    for (let probes = 0; probes < 3; probes += 1) {
      expect((await probe(sandbox, NAME, token())).text).not.toBe('');
    }
  });

  it('leave one behind that is stuck', async () => {
    // With no spread all of them are due at once: by the time of a probe a third one would have switched too.
    await start({ timings: { planMs: 5, flickerMs: 0, switchSpreadMs: 0 } });
    const old = token();
    sandbox.deployment(NAME).pinInstance(1);
    expect(() => sandbox.deployment(NAME).pinInstance(3)).toThrow('3 instances');
    sandbox.deployment(NAME).resetByColleague();
    await sandbox.ledger.waitFor(() => sandbox.ledger.of('instance.switched').length === 2);
    const bodies: string[] = [];
    for (let probes = 0; probes < 3; probes += 1) bodies.push((await probe(sandbox, NAME, old)).text);
    expect(bodies.filter((text) => text !== '')).toHaveLength(1);
  });

  it('close the idle connections of an old listener', async () => {
    await start({ instances: 1 });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await apm(sandbox, NAME, '/', { agent });
    const [socket] = Object.values(agent.freeSockets).flat();
    const closed = new Promise((resolve) => socket?.once('close', resolve));
    sandbox.deployment(NAME).resetByColleague();
    await closed;
    agent.destroy();
    expect(sandbox.ledger.of('instance.switched')).toHaveLength(1);
  });

  it('serve nobody once stopped', async () => {
    await start();
    sandbox.deployment(NAME).stop();
    await expect(probe(sandbox, NAME, token())).rejects.toThrow(/ECONNRESET|socket/);
  });
});
