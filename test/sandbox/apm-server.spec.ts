import { afterEach, describe, it, expect } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { deflateSync, gzipSync } from 'node:zlib';
import { fingerprintOf } from '../../src/rotation/secret.js';
import type { ApmRequest } from '../../src/sandbox/ledger.js';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.js';
import { apm, at, probe, type Answer, type Call } from './client.js';

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
  const service = {
    name: 'orders',
    agent: { name: 'nodejs', version: '4.18.0' },
    node: { configured_name: 'pod-3' },
  };
  const lines = [{ metadata: { service } }, ...types.map((type) => ({ [type]: { id: 'a' } }))];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

async function intake(value: string, body: string | Buffer, call: Call = {}): Promise<Answer> {
  const headers = { 'content-type': 'application/x-ndjson', ...bearer(value), ...call.headers };
  return apm(sandbox, NAME, EVENTS, { ...call, method: 'POST', headers, body });
}

const last = (): (ApmRequest & { at: number }) | undefined => sandbox.ledger.of('apm.request').at(-1);

describe('GET /', () => {
  it('tells its build to the right token and says 200 with nothing to any other', async () => {
    await start();
    const right = await probe(sandbox, NAME, token());
    expect(right.status).toBe(200);
    expect(Object.keys(Object(right.json()))).toEqual([
      'build_date',
      'build_sha',
      'publish_ready',
      'version',
    ]);
    for (const headers of [bearer(BOGUS), {}, { authorization: `ApiKey ${BOGUS}` }]) {
      const refused = await apm(sandbox, NAME, '/', { headers });
      expect([refused.status, refused.text]).toEqual([200, '']);
    }
  });

  it('knows its scheme words by their case and splits at the first space', async () => {
    await start();
    const outcomes: unknown[] = [];
    for (const authorization of [
      `bearer ${token()}`,
      `Bearer  ${token()}`,
      'Bearer ',
      `Basic ${token()}`,
      token(),
    ]) {
      const answer = await apm(sandbox, NAME, '/', { headers: { authorization } });
      expect(answer.text).toBe('');
      outcomes.push(last()?.outcome);
    }
    expect(outcomes).toEqual(['refused', 'refused', 'anonymous', 'refused', 'anonymous']);
  });

  it('lets anyone in once authentication is open', async () => {
    await start();
    sandbox.deployment(NAME).openAuthentication();
    for (const headers of [bearer(BOGUS), {}]) {
      expect((await apm(sandbox, NAME, '/', { headers })).json()).toHaveProperty('build_sha');
    }
    expect(sandbox.deployment(NAME).acceptedFingerprints()[0]).toMatchObject({ fingerprint: 'any' });
  });

  it('answers in JSON only to a caller that accepts it', async () => {
    await start();
    const plain = await apm(sandbox, NAME, '/', { headers: { ...bearer(token()), accept: 'text/html' } });
    expect(plain.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(plain.text).toMatch(/^\{"build_date.*\}\n$/);
    const json = await apm(sandbox, NAME, '/', { headers: { ...bearer(token()), accept: '*/*' } });
    expect(json.headers['content-type']).toBe('application/json');
    expect(json.headers['x-content-type-options']).toBe('nosniff');
  });
});

describe('POST /intake/v2/events', () => {
  it('accepts events and, asked to be verbose, counts them', async () => {
    await start();
    const quiet = await intake(token(), ndjson('transaction', 'span', 'span'));
    expect([quiet.status, quiet.text]).toEqual([202, '']);
    expect(last()).toMatchObject({
      outcome: 'accepted',
      fingerprint: fingerprintOf(token()),
      events: { accepted: 3, dropped: 0, byType: { transaction: 1, span: 2 } },
      service: 'orders',
      agentName: 'nodejs',
      node: 'pod-3',
    });
    const verbose = await apm(sandbox, NAME, `${EVENTS}?verbose`, {
      method: 'POST',
      headers: bearer(token()),
      body: ndjson('error', 'log'),
    });
    expect([verbose.status, verbose.json()]).toEqual([202, { accepted: 2 }]);
  });

  it('accepts an empty body, which writes nothing', async () => {
    await start();
    expect((await intake(token(), '')).status).toBe(202);
    expect((await intake(BOGUS, '')).status).toBe(401);
  });

  it('reads gzip and deflate, named by a header or found by the first bytes', async () => {
    await start();
    const body = ndjson('transaction', 'metricset');
    const encoded: [Record<string, string>, Buffer][] = [
      [{ 'content-encoding': 'gzip' }, gzipSync(body)],
      [{ 'content-encoding': 'deflate' }, deflateSync(body)],
      [{}, gzipSync(body)],
      [{}, deflateSync(body)],
    ];
    for (const [headers, bytes] of encoded) {
      expect((await intake(token(), bytes, { headers })).status).toBe(202);
      expect(last()?.events).toMatchObject({ accepted: 2 });
    }
  });

  it('refuses a wrong token with what it lost, and none at all with what it expected', async () => {
    await start();
    const wrong = await intake(BOGUS, ndjson('transaction', 'span'));
    expect([wrong.status, wrong.json()]).toEqual([401, { error: 'authentication failed' }]);
    expect(last()).toMatchObject({
      outcome: 'refused',
      service: 'orders',
      events: { accepted: 0, dropped: 2 },
    });
    const none = await apm(sandbox, NAME, EVENTS, { method: 'POST', body: ndjson('span') });
    expect(none.status).toBe(401);
    expect(none.text).toContain('missing or improperly formatted Authorization header');
    expect(last()).toMatchObject({ outcome: 'anonymous', events: { dropped: 1 } });
  });

  it('refuses what is not a stream of events, keeping the good lines', async () => {
    await start();
    const mixed = await intake(token(), `${ndjson('span')}{"poem":{}}\n`);
    expect(mixed.status).toBe(400);
    expect(mixed.json()).toEqual({
      accepted: 1,
      errors: [{ message: 'did not recognize object type: "poem"', document: '{"poem":{}}' }],
    });
    const headless = await intake(token(), '{"span":{}}\n{"span":{}}\n');
    expect(at(headless.json(), 'accepted')).toBe(0);
    expect(headless.text).toContain('cannot read metadata');
    const broken = await intake(token(), 'no gzip', { headers: { 'content-encoding': 'gzip' } });
    expect(broken.status).toBe(400);
    const typed = await intake(token(), '{}', { headers: { 'content-type': 'application/json' } });
    expect(at(typed.json(), 'errors', 0, 'message')).toBe("invalid content type: 'application/json'");
  });

  it('is for POST only, which a stranger does not get to hear', async () => {
    await start();
    const known = await apm(sandbox, NAME, EVENTS, { headers: bearer(token()) });
    expect(known.status).toBe(400);
    expect(known.text).toContain('only POST requests are supported');
    expect((await apm(sandbox, NAME, EVENTS, { headers: bearer(BOGUS) })).status).toBe(401);
  });
});

describe('GET /config/v1/agents', () => {
  it('has no configuration for anyone, and tells strangers nothing', async () => {
    await start();
    const path = '/config/v1/agents?service.name=orders';
    const answer = await apm(sandbox, NAME, path, { headers: bearer(token()) });
    expect([answer.status, answer.json(), answer.headers.etag]).toEqual([200, {}, '"-"']);
    const unchanged = await apm(sandbox, NAME, path, {
      headers: { ...bearer(token()), 'if-none-match': '"-"' },
    });
    expect(unchanged.status).toBe(304);
    expect((await apm(sandbox, NAME, path, { headers: bearer(BOGUS) })).status).toBe(401);
    expect((await apm(sandbox, NAME, '/config/v1/agents', { headers: bearer(token()) })).status).toBe(400);
  });
});
