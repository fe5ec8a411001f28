import { afterAll, beforeAll, describe, it, expect } from '@jest/globals';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import { at, cloud, errorCode, type Answer } from './client.js';

let sandbox: Sandbox;
beforeAll(async () => {
  const apm = { kind: 'apm', mode: 'standalone', instances: 1 } as const;
  sandbox = await startSandbox({
    pageSize: 4,
    deployments: [
      { ...apm, name: 'checkout-prod', tags: { env: 'prod', team: 'checkout' } },
      { ...apm, name: 'checkout-dev', tags: { env: 'dev', team: 'checkout' } },
      { ...apm, name: 'prod-only', tags: { team: 'prod' } },
      { name: 'search', kind: 'integrations_server', mode: 'managed', instances: 1 },
      { ...apm, name: 'stopped', status: 'stopped' },
    ],
  });
});
afterAll(async () => sandbox.close());

async function search(body: unknown, query = ''): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return cloud(sandbox, `/deployments/_search${query}`, { method: 'POST', body: text });
}

async function namesOf(query: unknown): Promise<unknown[]> {
  const answer = await search({ query });
  expect(answer.status).toBe(200);
  return names(answer);
}

function names(answer: Answer): string[] {
  const found = at(answer.json(), 'deployments');
  return Array.isArray(found) ? found.map((deployment) => String(at(deployment, 'name'))).toSorted() : [];
}

/** As elastic/terraform-provider-ec sends it. */
function byTag(key: string, value: string): object {
  const filter = [
    { term: { 'metadata.tags.key': { value: key } } },
    { term: { 'metadata.tags.value': { value } } },
  ];
  return { nested: { path: 'metadata.tags', query: { bool: { filter } } } };
}

function byStatus(path: string, value: string): object {
  return { nested: { path, query: { term: { [`${path}.info.status`]: { value } } } } };
}

describe('searching deployments', () => {
  it('finds by a tag: key and value of the same tag', async () => {
    expect(await namesOf(byTag('env', 'prod'))).toEqual(['checkout-prod']);
    expect(await namesOf(byTag('team', 'checkout'))).toEqual(['checkout-dev', 'checkout-prod']);
    expect(await namesOf({ bool: { must: [byTag('env', 'dev'), byTag('team', 'checkout')] } })).toEqual([
      'checkout-dev',
    ]);
  });

  it('does not see tags outside a nested query', async () => {
    expect(await namesOf({ term: { 'metadata.tags.key': { value: 'env' } } })).toEqual([]);
  });

  it('finds by name: the whole with term, a word with match, the beginning with prefix', async () => {
    expect(await namesOf({ term: { name: { value: 'checkout-prod' } } })).toEqual(['checkout-prod']);
    expect(await namesOf({ term: { name: { value: 'checkout' } } })).toEqual([]);
    expect(await namesOf({ match: { name: { query: 'Checkout' } } })).toEqual([
      'checkout-dev',
      'checkout-prod',
    ]);
    expect(await namesOf({ prefix: { name: { value: 'prod' } } })).toEqual(['prod-only']);
  });

  it('finds by a resource and its status', async () => {
    expect(await namesOf(byStatus('resources.integrations_server', 'started'))).toEqual(['search']);
    expect(await namesOf(byStatus('resources.apm', 'stopped'))).toEqual(['stopped']);
  });

  it('combines should, must_not and exists as Elasticsearch does', async () => {
    const should = [{ term: { name: { value: 'search' } } }, { term: { name: { value: 'stopped' } } }];
    expect(await namesOf({ bool: { should } })).toEqual(['search', 'stopped']);
    const exists = { nested: { path: 'metadata.tags', query: { exists: { field: 'metadata.tags.key' } } } };
    expect(await namesOf({ bool: { must_not: [exists] } })).toEqual(['search', 'stopped']);
  });

  it('pages by a cursor that carries the query, in order of id, each deployment once', async () => {
    const first = await search({ size: 2, sort: ['id'], query: { match_all: {} } });
    expect(first.json()).toMatchObject({ return_count: 2, match_count: 5 });
    const pages = [first];
    for (let last = first; at(last.json(), 'cursor') !== undefined; pages.push(last)) {
      last = await search({ cursor: at(last.json(), 'cursor'), size: 99, query: { match_none: {} } });
    }
    expect(pages.map((page) => at(page.json(), 'return_count'))).toEqual([2, 2, 1]);
    const ids = pages
      .flatMap((page) => at(page.json(), 'deployments'))
      .map((found) => String(at(found, 'id')));
    expect(ids).toEqual([...new Set(ids)].toSorted());
    expect(ids).toHaveLength(5);
  });

  it('never gives more than its own page size, and a full last page still has a cursor', async () => {
    const page = await search({ size: 50 });
    expect(names(page)).toHaveLength(4);
    const query = { match: { name: { query: 'checkout' } } };
    const full = await search({ size: 2, query });
    const empty = await search({ cursor: at(full.json(), 'cursor') });
    expect(empty.json()).toEqual({ return_count: 0, match_count: 2, deployments: [] });
  });

  it('matches everything without a body', async () => {
    const answer = await search('');
    expect(at(answer.json(), 'match_count')).toBe(5);
  });

  it('reduces the answer to the attributes that were asked for', async () => {
    const answer = await search({ query: byTag('env', 'prod') }, '?minimal_metadata=id,name');
    const { id } = sandbox.deployment('checkout-prod');
    expect(answer.json()).toMatchObject({
      deployments: [],
      minimal_metadata: [{ id, name: 'checkout-prod' }],
    });
    expect(answer.text).not.toContain('secret_token');
  });

  it('refuses what it cannot evaluate instead of guessing', async () => {
    const refused = [
      { query: { query_string: { query: 'name:checkout*' } } },
      { query: { match_all: {}, term: {} } },
      { query: { nested: { path: 'resources.elasticsearch', query: { match_all: {} } } } },
      { sort: ['name'] },
      { from: 2 },
      { size: 'many' },
      { cursor: 'bm90IG9uZSBvZiBvdXJz' },
    ];
    for (const body of refused) {
      const answer = await search(body);
      expect([body, answer.status, errorCode(answer)]).toEqual([body, 400, 'sandbox.not_supported']);
    }
    expect(errorCode(await search('{"size":'))).toBe('root.invalid_json_request');
  });
});
