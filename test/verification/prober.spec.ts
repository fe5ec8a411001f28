import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { createHttpsAgent } from '../../src/http/agent.js';
import { Secret } from '../../src/rotation/secret.js';
import { bogusToken } from '../../src/rotation/tokens.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { startSandbox } from '../../src/sandbox/sandbox.js';
import { ApmServerProber } from '../../src/verification/apm-server-prober.js';

const signal = new AbortController().signal;

describe('the prober', () => {
  let sandbox: Sandbox;
  let prober: ApmServerProber;
  const servers: Server[] = [];

  beforeAll(async () => {
    sandbox = await startSandbox({
      deployments: [
        { name: 'three', kind: 'apm', mode: 'standalone', instances: 3 },
        { name: 'open', kind: 'apm', mode: 'standalone', instances: 1 },
        { name: 'stuck', kind: 'apm', mode: 'standalone', instances: 3 },
      ],
      timings: { planMs: 1, flickerMs: 0, switchSpreadMs: 0 },
    });
    prober = new ApmServerProber(createHttpsAgent({ caPem: sandbox.caPem }));
  });

  afterAll(async () => {
    for (const server of servers) server.close();
    await sandbox.close();
  });

  /** A server of its own in the place of an APM Server. */
  const serving = async (
    answer: (request: IncomingMessage, response: ServerResponse) => void,
  ): Promise<string> => {
    const server = createServer(await sandbox.authority.issue(['127.0.0.1']), answer).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    const address = server.address();
    return `https://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  };
  const inForce = (name: string) => new Secret(sandbox.deployment(name).currentToken());

  it('tells an accepted token from a refused one by the body, since both answers have status 200', async () => {
    const { apmUrl } = sandbox.deployment('three');
    const [good, bogus] = await prober.probe(apmUrl, [inForce('three'), bogusToken()], 6, signal);
    expect(good).toMatchObject({ accepted: 6, refused: 0, unclear: 0 });
    expect(bogus).toMatchObject({ accepted: 0, refused: 6, unclear: 0 });
  });

  it('sees a server that accepts anything', async () => {
    sandbox.deployment('open').openAuthentication();
    const [bogus] = await prober.probe(sandbox.deployment('open').apmUrl, [bogusToken()], 3, signal);
    expect(bogus).toMatchObject({ accepted: 3 });
  });

  it('opens a fresh connection for each answer, and so meets every instance with every token', async () => {
    const stuck = sandbox.deployment('stuck');
    const old = inForce('stuck');
    stuck.pinInstance(2);
    stuck.resetByColleague();
    await sandbox.ledger.waitFor(
      (entry) => entry.kind === 'plan.applied' && entry.deployment.includes('stuck'),
    );
    const switched = () =>
      stuck.acceptedFingerprints().filter(({ fingerprint }) => fingerprint !== old.fingerprint);
    await sandbox.ledger.waitFor(() => switched().length === 2);
    const [fresh, before, bogus] = await prober.probe(
      stuck.apmUrl,
      [inForce('stuck'), old, bogusToken()],
      10,
      signal,
    );
    expect(fresh?.accepted).toBeGreaterThan(0);
    expect(fresh?.refused).toBeGreaterThan(0);
    expect(before?.accepted).toBeGreaterThan(0);
    expect(before?.refused).toBeGreaterThan(0);
    expect(before?.firstRefusedAt).toBeLessThanOrEqual(Date.now());
    expect(bogus).toMatchObject({ accepted: 0, refused: 10 });
  });

  it('asks the route that agents use, which answers by its status', async () => {
    const { apmUrl } = sandbox.deployment('three');
    expect(await prober.tryIntake(apmUrl, inForce('three'), signal)).toMatchObject({ accepted: 1 });
    expect(await prober.tryIntake(apmUrl, bogusToken(), signal)).toMatchObject({ refused: 1 });
  });

  const page = (response: ServerResponse, status: number, body: string) => {
    response
      .writeHead(status, { 'content-type': 'text/html', location: 'https://elsewhere.example' })
      .end(body);
  };
  it.each([
    [
      'a login page with status 200',
      (_: IncomingMessage, response: ServerResponse) => page(response, 200, '<html>'),
    ],
    ['a redirect', (_: IncomingMessage, response: ServerResponse) => page(response, 302, '')],
    ['a bad gateway', (_: IncomingMessage, response: ServerResponse) => page(response, 502, '')],
    [
      'JSON of something else',
      (_: IncomingMessage, response: ServerResponse) => page(response, 200, '{"ok":true}'),
    ],
    ['a connection that breaks', (request: IncomingMessage) => request.socket.destroy()],
    [
      'an endless body',
      (_: IncomingMessage, response: ServerResponse) => void response.end('x'.repeat(200_000)),
    ],
  ])('takes %s for no answer at all', async (_what, answer) => {
    const url = await serving(answer);
    const [said] = await prober.probe(url, [bogusToken()], 2, signal);
    expect(said).toEqual({ accepted: 0, refused: 0, unclear: 2 });
  });

  it('takes a certificate that it does not trust for no answer, and sends it nothing', async () => {
    let requests = 0;
    const url = await serving((_request, response) => {
      requests += 1;
      response.end();
    });
    const [said] = await new ApmServerProber(createHttpsAgent()).probe(url, [bogusToken()], 2, signal);
    expect(said).toMatchObject({ unclear: 2 });
    expect(requests).toBe(0);
  });

  it('never sends a token without TLS', async () => {
    await expect(prober.probe('http://127.0.0.1:9', [bogusToken()], 1, signal)).rejects.toThrow(
      'without TLS',
    );
  });

  it('stops when it is told to', async () => {
    const url = await serving(() => undefined);
    const stop = new AbortController();
    const probing = prober.probe(url, [bogusToken()], 1, stop.signal);
    stop.abort();
    await expect(probing).rejects.toThrow('abort');
  });
});
