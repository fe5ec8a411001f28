import { randomBytes } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { createHttpsAgent } from '../../src/http/agent.js';
import { createHttpClient, type HttpClient, type HttpRequest } from '../../src/http/client.js';
import type { HttpReply } from '../../src/http/reply.js';
import { createElasticCloudIssuer } from '../../src/issuers/elastic-cloud/index.js';
import { Secret } from '../../src/rotation/secret.js';
import { CLOUD_OPERATIONS } from '../../src/sandbox/cloud-api/operations.js';
import { finishPlan, QUICK_RETRY, startCloudWorld, type CloudWorld } from '../issuers/cloud-world.js';
import { Swagger, type SentRequest } from './swagger.js';

const FILE = 'elastic-cloud-hosted.swagger.json';
const folder = process.env['CONTRACTS_DIR'];

type Exchange = { readonly sent: SentRequest; readonly reply: HttpReply };

/** The client, and everything that goes through it. */
function recording(http: HttpClient, exchanges: Exchange[]): HttpClient {
  return {
    ...http,
    request: async (request) => {
      const reply = await http.request(request);
      const { method, path, query = {}, json } = request;
      exchanges.push({ sent: { method, path, query, body: json }, reply });
      return reply;
    },
  };
}

if (folder === undefined) {
  console.warn(
    `SKIPPED: set CONTRACTS_DIR to the folder of ${FILE} to check the Elastic Cloud API against it.`,
  );
}

(folder === undefined ? describe.skip : describe)('the Elastic Cloud API as published', () => {
  let swagger: Swagger;
  let world: CloudWorld;
  const exchanges: Exchange[] = [];
  const signal = AbortSignal.timeout(60_000);

  beforeAll(async () => {
    swagger = new Swagger(folder ?? '', FILE);
    world = await startCloudWorld({ pageSize: 1 });
    await exerciseIssuer();
    await exerciseStatuses();
  });
  afterAll(async () => world?.close());

  /** Every request that the issuer ever sends, in every state of a plan. */
  async function exerciseIssuer(): Promise<void> {
    const http = recording(world.http, exchanges);
    const deps = { http, retry: QUICK_RETRY };
    const issuerOf = (deployment: string) => createElasticCloudIssuer({ select: { deployment } }, deps);
    const byTags = createElasticCloudIssuer({ select: { tags: { env: 'prod', team: 'checkout' } } }, deps);
    await byTags.resolve(signal);
    await createElasticCloudIssuer({ select: { tags: { env: 'prod' } } }, deps)
      .resolve(signal)
      .catch(() => {});
    for (const name of ['legacy', 'asleep', 'search-prod', 'billing-staging', 'nowhere']) {
      await issuerOf(name)
        .resolve(signal)
        .catch(() => {});
    }
    const issuer = issuerOf('checkout-prod');
    const resource = await issuer.resolve(signal);
    const deployment = world.sandbox.deployment('checkout-prod');
    deployment.holdPlanPending();
    deployment.failNextPlan();
    for (let round = 0; round < 2; round += 1) {
      if (issuer.kind === 'server-chosen') await issuer.reset(resource, signal);
      await issuer.inspect(resource, signal);
      await finishPlan(world.sandbox, 'checkout-prod');
      await issuer.inspect(resource, signal);
    }
  }

  /** What is left of the statuses that the sandbox documents. */
  async function exerciseStatuses(): Promise<void> {
    const http = recording(world.http, exchanges);
    const stranger = recording(strangerTo(world), exchanges);
    const apm = world.sandbox.deployment('checkout-prod');
    const server = world.sandbox.deployment('search-prod');
    const managed = world.sandbox.deployment('billing-staging');
    const requests: readonly (readonly [HttpClient, HttpRequest['method'], string])[] = [
      [stranger, 'GET', '/deployments'],
      [stranger, 'GET', `/deployments/${apm.id}`],
      [http, 'GET', '/deployments/absent'],
      [http, 'GET', `/deployments/${apm.id}/apm/${apm.refId}`],
      [http, 'GET', `/deployments/${apm.id}/apm/absent`],
      [http, 'GET', `/deployments/${server.id}/integrations_server/${server.refId}`],
      [http, 'GET', `/deployments/${server.id}/integrations_server/absent`],
      [http, 'POST', `/deployments/${managed.id}/apm/${managed.refId}/_reset-token`],
      [http, 'POST', `/deployments/${apm.id}/apm/absent/_reset-token`],
    ];
    for (const [client, method, path] of requests) await client.request({ method, path, signal });
  }

  function seen(operationId: string, status: number): Exchange[] {
    return exchanges.filter(
      ({ sent, reply }) => swagger.requestFaults(sent).operationId === operationId && reply.status === status,
    );
  }

  it('has every operation of the sandbox', () => {
    expect(swagger.operations()).toEqual(
      expect.arrayContaining(CLOUD_OPERATIONS.map((one) => one.operationId)),
    );
  });

  it('allows every request that the issuer sends', () => {
    expect(exchanges.length).toBeGreaterThan(20);
    expect(exchanges.flatMap(({ sent }) => swagger.requestFaults(sent).faults)).toEqual([]);
  });

  describe.each(CLOUD_OPERATIONS)('$operationId', ({ operationId, statuses }) => {
    it.each([...statuses])('answers %i as published', (status) => {
      expect(swagger.statuses(operationId)).toContain(status);
      const replies = seen(operationId, status);
      expect(replies.length).toBeGreaterThan(0);
      expect(replies.flatMap(({ reply }) => swagger.replyFaults(operationId, status, reply.json))).toEqual(
        [],
      );
    });

    it('would be caught with a property too many, or one too few', () => {
      const [status] = statuses;
      const body = record(seen(operationId, status)[0]?.reply.json);
      expect(swagger.replyFaults(operationId, status, { ...body, surprise: 1 })).toHaveLength(1);
      expect(swagger.replyFaults(operationId, status, {})).not.toHaveLength(0);
    });
  });

  it('would catch a surprise deep inside a deployment', () => {
    const body = JSON.stringify(seen('get-deployment', 200)[0]?.reply.json);
    const mutated: unknown = JSON.parse(body.replaceAll('"apm_server_mode":', '"apm_server_mood":'));
    expect(swagger.replyFaults('get-deployment', 200, mutated)).not.toHaveLength(0);
  });

  it.each<[string, Partial<SentRequest>]>([
    ['an unknown query parameter', { query: { show_everything: true } }],
    ['a query parameter of another type', { query: { show_plans: 'yes' } }],
    ['a body where none belongs', { body: {} }],
    ['an unknown path', { path: '/deployments/x/apm' }],
    ['an unknown method', { method: 'DELETE' }],
  ])('would catch %s of a request', (_name, change) => {
    const sound = { method: 'GET', path: '/deployments/x', query: { show_plans: true } };
    expect(swagger.requestFaults(sound).faults).toEqual([]);
    expect(swagger.requestFaults({ ...sound, ...change }).faults).toHaveLength(1);
  });

  it('would catch a search that asks for what is not there', () => {
    const search = { method: 'POST', path: '/deployments/_search', query: {} };
    expect(swagger.requestFaults({ ...search, body: { query: { term: {} }, sort: ['id'] } }).faults).toEqual(
      [],
    );
    expect(swagger.requestFaults({ ...search, body: { query: { terms: {} } } }).faults).toHaveLength(1);
  });
});

function strangerTo({ sandbox }: CloudWorld): HttpClient {
  return createHttpClient({
    baseUrl: `${sandbox.cloud.url}/api/v1`,
    agent: createHttpsAgent({ caPem: sandbox.caPem }),
    authorization: { scheme: 'ApiKey', credential: new Secret(randomBytes(12).toString('base64')) },
  });
}

function record(json: unknown): object {
  if (typeof json === 'object' && json !== null) return json;
  throw new Error('a JSON object was expected');
}
