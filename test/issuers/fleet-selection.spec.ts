import { afterEach, describe, expect, it } from '@jest/globals';

import type { FleetConfig } from '../../src/issuers/fleet/index.js';
import { faultOf } from '../contracts/issuer.contract.js';
import { never } from '../fakes/never.js';
import {
  AGENT_POLICY,
  POLICY,
  apmInput,
  closeKibana,
  craftKibana,
  listOf,
  policyOf,
  token,
} from './crafted-kibana.js';

afterEach(closeKibana);

const other = (more = {}) =>
  policyOf(token, { id: 'b1c2', name: 'apm-eu', policy_ids: ['eu-hosts'], ...more });

async function resolving(list: Record<string, unknown>, config: FleetConfig = {}) {
  const { issuer } = await craftKibana({ list: { json: list } }, config);
  return issuer.resolve(never());
}

describe('fleet finds', () => {
  it('the only integration policy of Elastic APM', async () => {
    const { issuer, server } = await craftKibana({});
    const host = new URL(server.url).host;
    expect(await issuer.resolve(never())).toEqual({
      key: `fleet:${host}/${POLICY}`,
      label: 'Elastic APM / default',
      address: { policyId: POLICY, space: 'default' },
    });
  });

  it.each([['b1c2'], ['apm-eu']])('the one whose id or name is %s among several', async (policy) => {
    const resource = await resolving(listOf(policyOf(token), other()), { policy });
    expect(resource.address).toMatchObject({ policyId: 'b1c2' });
  });

  it('one that has the wanted id before others that have it for a name', async () => {
    const named = other({ id: 'x', name: 'b1c2' });
    const resource = await resolving(listOf(named, other()), { policy: 'b1c2' });
    expect(resource.address).toMatchObject({ policyId: 'b1c2' });
  });

  it('none of another package, though Kibana lists it', async () => {
    const nginx = other({ package: { name: 'nginx', version: '1.0.0' } });
    expect((await resolving(listOf(nginx, policyOf(token)))).address).toMatchObject({ policyId: POLICY });
  });

  it('one on a later page', async () => {
    const { issuer, server } = await craftKibana(
      {
        list: ({ url }) => {
          const isFirst = url.includes('page=1&');
          const items = isFirst ? [other(), other({ id: 'b1c3' })] : [policyOf(token)];
          return { json: { items, total: 101, page: isFirst ? 1 : 2, perPage: 100 } };
        },
      },
      { policy: POLICY },
    );
    expect((await issuer.resolve(never())).address).toMatchObject({ policyId: POLICY });
    expect(server.requests.filter(({ url }) => url.includes('perPage=100'))).toHaveLength(2);
  });

  it('one in a space of its own, which it names in every request', async () => {
    const { issuer, server } = await craftKibana({}, { space: 'team a' });
    const resource = await issuer.resolve(never());
    await issuer.inspect(resource, never());
    expect(resource).toMatchObject({ label: 'Elastic APM / team a', address: { space: 'team a' } });
    expect(server.requests.map(({ url }) => url.startsWith('/s/team%20a/api/fleet/'))).not.toContain(false);
  });

  it('what it looks for with the headers that Kibana asks for, and the credential', async () => {
    const { issuer, server } = await craftKibana({});
    await issuer.resolve(never());
    expect(server.requests[0]).toMatchObject({
      method: 'GET',
      headers: { 'kbn-xsrf': 'true', 'elastic-api-version': '2023-10-31' },
    });
    expect(server.requests[0]?.headers.authorization).toMatch(/^Basic \S+$/);
    expect(new URL(server.requests[0]?.url ?? '', server.url).searchParams.get('kuery')).toBe(
      'ingest-package-policies.package.name:apm',
    );
  });
});

describe('fleet refuses to choose', () => {
  it('among several, and names each with its agent policy', async () => {
    expect(await faultOf(resolving(listOf(policyOf(token), other())))).toMatchObject({
      code: 'resource_ambiguous',
      message: expect.stringMatching(
        new RegExp(
          `"Elastic APM" \\(${POLICY}, agent policy ${AGENT_POLICY}\\), "apm-eu" \\(b1c2, agent policy eu-hosts\\)`,
        ),
      ),
      hint: expect.stringContaining('select.policy'),
    });
  });

  it('among several of the wanted name', async () => {
    const list = listOf(other(), other({ id: 'b1c3' }));
    expect((await faultOf(resolving(list, { policy: 'apm-eu' }))).code).toBe('resource_ambiguous');
  });

  it.each([
    [
      'a name that no policy has',
      { policy: 'apm-us', space: 'sales' },
      'upstream_not_found',
      '"Elastic APM"',
    ],
    ['a space without any', { space: 'sales' }, 'resource_unavailable', 'in the space sales'],
  ])('for %s, and says that the space may be wrong', async (_name, config, code, found) => {
    const list = code === 'upstream_not_found' ? listOf(policyOf(token)) : listOf();
    expect(await faultOf(resolving(list, config))).toMatchObject({
      code,
      message: expect.stringContaining(found),
      hint: expect.stringContaining('kibana.space'),
    });
  });

  const frozen = apmInput(token, { secret_token: { type: 'text', value: token, frozen: true } });
  it.each([
    ['a token that Kibana sets itself', {}, frozen, 'not_rotatable', 'restart Kibana'],
    ['a policy without an apm input', { inputs: [] }, {}, 'not_rotatable', 'select.policy'],
    ['a policy that is switched off', { enabled: false }, {}, 'resource_unavailable', 'No Elastic Agent'],
    ['an input that is switched off', {}, { enabled: false }, 'resource_unavailable', 'No Elastic Agent'],
    ['a policy of no agent policy', { policy_ids: [] }, {}, 'resource_unavailable', 'No Elastic Agent'],
  ])('%s', async (_name, more, input, code, advice) => {
    const { issuer } = await craftKibana({ policy: { json: { item: policyOf(token, more, input) } } });
    const fault = await faultOf(issuer.resolve(never()));
    expect(fault).toMatchObject({ code, hint: expect.stringContaining(advice) });
    expect(`${fault.message}${fault.hint}`).not.toContain(token);
  });
});
