import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHttpsAgent } from '../../src/http/agent.js';
import { basicCredential } from '../../src/http/basic.js';
import { createHttpClient, type HttpClient } from '../../src/http/client.js';
import { AutoSource } from '../../src/issuers/auto/index.js';
import { createFleetIssuer } from '../../src/issuers/fleet/index.js';
import { issuerSource, type IssuerKind, type IssuerParts } from '../../src/issuers/index.js';
import { Secret } from '../../src/rotation/secret.js';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import { faultOf } from '../contracts/issuer.contract.js';

const { signal } = new AbortController();
let sandbox: Sandbox;
let agent: ReturnType<typeof createHttpsAgent>;

beforeAll(async () => {
  sandbox = await startSandbox();
  agent = createHttpsAgent({ caPem: sandbox.caPem });
});
afterAll(async () => {
  agent.destroy();
  await sandbox.close();
});

const client = (baseUrl: string, key: string): HttpClient =>
  createHttpClient({ baseUrl, agent, authorization: { scheme: 'ApiKey', credential: new Secret(key) } });

function source(kind: IssuerKind, deployment: string, parts: Partial<IssuerParts> = {}) {
  const { credentials } = sandbox.deployment(deployment).kibana;
  return issuerSource(kind, {
    select: { deployment },
    cloud: () => client(`${sandbox.cloud.url}/api/v1`, sandbox.cloud.apiKey),
    kibana: { http: (url) => client(url, credentials.apiKey) },
    ...parts,
  });
}

/** One of its own, in which nothing that fails is tried again. */
async function openWorld() {
  const own = await startSandbox();
  const trusting = createHttpsAgent({ caPem: own.caPem });
  const open = (baseUrl: string, key: string): HttpClient =>
    createHttpClient({
      baseUrl,
      agent: trusting,
      authorization: { scheme: 'ApiKey', credential: new Secret(key) },
    });
  const retry = { deadlineMs: 0 };
  const deployment = own.deployment('search-prod');
  const { apiKey } = deployment.kibana.credentials;
  const auto = new AutoSource(
    { select: { deployment: 'search-prod' } },
    {
      http: open(`${own.cloud.url}/api/v1`, own.cloud.apiKey),
      retry,
      fleetAt: ({ kibanaUrl }) => createFleetIssuer({}, { http: open(kibanaUrl, apiKey), retry }),
    },
  );
  const resource = await auto.resolve(signal);
  return {
    resource,
    issuer: auto.of(resource),
    deployment,
    faults: own.faults,
    [Symbol.asyncDispose]: async () => own.close(),
  };
}

describe('a deployment whose APM is managed', () => {
  it('is known by its id and policy, whichever URL of its Kibana is used', async () => {
    const { id } = sandbox.deployment('search-prod');
    const resource = await source('auto', 'search-prod').resolve(signal);
    expect(resource.key).toBe(`fleet:${id}/elastic-cloud-apm`);
    const fleet = await source('fleet', 'search-prod').resolve(signal);
    expect(fleet.key).toBe(resource.key);
  });

  it('is gone where the Cloud API says so, not where its Kibana alone does not answer', async () => {
    await using world = await openWorld();
    const { issuer, resource, deployment, faults } = world;
    const lost = { operation: 'get-package-policy', effect: { kind: 'drop-before' } } as const;
    const down = faults.add({ ...lost, times: Infinity });
    expect((await faultOf(issuer.inspect(resource, signal))).code).toBe('upstream_unreachable');
    down.remove();
    await issuer.inspect(resource, signal);
    deployment.delete();
    expect((await faultOf(issuer.inspect(resource, signal))).code).toBe('upstream_not_found');
  });

  it('says what credentials lack, and that the key of the cloud is none of them', async () => {
    const bare = issuerSource('auto', {
      select: { deployment: 'search-prod' },
      cloud: () => client(`${sandbox.cloud.url}/api/v1`, sandbox.cloud.apiKey),
    });
    const fault = await faultOf(bare.resolve(signal));
    expect(fault).toMatchObject({ code: 'config_invalid', effect: 'not_applied' });
    expect(fault.message).toContain('no `kibana` credentials');
    expect(fault.hint).toContain('The API key of the cloud does not work there');
  });

  it('is not reset by elastic-cloud, which names the way out', async () => {
    const fault = await faultOf(source('elastic-cloud', 'search-prod').resolve(signal));
    expect(fault).toMatchObject({ code: 'not_rotatable', hint: expect.stringContaining('issuer: auto') });
  });
});

describe('a standalone deployment', () => {
  it('has nothing in Fleet', async () => {
    const fault = await faultOf(source('fleet', 'checkout-prod').resolve(signal));
    expect(fault).toMatchObject({ code: 'not_rotatable', hint: expect.stringContaining('issuer: auto') });
  });

  it('needs no Kibana', async () => {
    const found = source('auto', 'checkout-prod', {
      kibana: {
        http: () => {
          throw new Error('Kibana was asked');
        },
      },
    });
    const resource = await found.resolve(signal);
    expect(found.of(resource).kind).toBe('server-chosen');
    expect((await found.of(resource).inspect(resource, signal)).moved).toBeUndefined();
  });
});

it('a user and a password open Kibana as a key does', async () => {
  const { kibana } = sandbox.deployment('search-prod');
  const { username, password } = kibana.credentials;
  const http = (baseUrl: string): HttpClient => {
    const credential = basicCredential(username, new Secret(password));
    return createHttpClient({ baseUrl, agent, authorization: { scheme: 'Basic', credential } });
  };
  const resource = await source('auto', 'search-prod', { kibana: { http } }).resolve(signal);
  expect(resource.address).toMatchObject({ policyId: 'elastic-cloud-apm' });
});

it('a Kibana of its own needs no cloud', async () => {
  const { kibana, apmUrl } = sandbox.deployment('billing-staging');
  const own = issuerSource('fleet', {
    select: {},
    cloud: () => {
      throw new Error('the cloud was asked');
    },
    kibana: { url: kibana.url, http: (url) => client(url, kibana.credentials.apiKey) },
  });
  const resource = await own.resolve(signal);
  expect(await own.of(resource).inspect(resource, signal)).toMatchObject({ apmUrl });
});
