import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import type { ResourceSelect } from '../../src/issuers/select.js';
import { faultOf } from '../contracts/issuer.contract.js';
import { never } from '../fakes/never.js';
import { RESET, startCloudWorld, type CloudWorld } from './cloud-world.js';

let world: CloudWorld;
beforeEach(async () => {
  world = await startCloudWorld();
});
afterEach(async () => world.close());

const resolve = async (select: ResourceSelect) => world.issuer(select).resolve(never());
const failToResolve = async (select: ResourceSelect) => faultOf(resolve(select));

describe('elastic-cloud finds the resource', () => {
  it('by name, with the real ref id in its key', async () => {
    const { id } = world.sandbox.deployment('ledger-prod');
    const resource = await resolve({ deployment: 'ledger-prod' });
    expect(resource).toEqual({
      key: `elastic-cloud:${world.http.host}/${id}/ledger_apm`,
      label: 'ledger-prod / ledger_apm',
      address: { deploymentId: id, refId: 'ledger_apm' },
    });
  });

  it('by id, without listing all deployments', async () => {
    const { id } = world.sandbox.deployment('checkout-prod');
    expect((await resolve({ deployment: id })).address).toEqual({ deploymentId: id, refId: 'main-apm' });
    expect(world.requests()).toEqual(['get-deployment']);
  });

  it('by tags that only one deployment carries all of', async () => {
    const resource = await resolve({ tags: { env: 'prod', team: 'checkout' } });
    expect(resource.label).toBe('checkout-prod / main-apm');
  });

  it('by ref id', async () => {
    expect((await resolve({ deployment: 'ledger-prod', refId: 'ledger_apm' })).label).toBe(
      'ledger-prod / ledger_apm',
    );
  });

  it('over all pages of a search', async () => {
    const many = Array.from({ length: 7 }, (_, index) => ({
      name: `shop-${index}`,
      kind: 'apm' as const,
      mode: 'standalone' as const,
      tags: { team: 'shop' },
      instances: 1,
    }));
    const paged = await startCloudWorld({ pageSize: 2, deployments: many });
    const fault = await faultOf(paged.issuer({ tags: { team: 'shop' } }).resolve(never()));
    const pages = paged.requests();
    await paged.close();
    expect(fault.code).toBe('resource_ambiguous');
    for (const { name } of many) expect(fault.message).toContain(name);
    expect(pages.length).toBeGreaterThanOrEqual(4);
  });
});

describe('elastic-cloud refuses to guess', () => {
  it('between two deployments of one name, and lists their ids', async () => {
    const fault = await failToResolve({ deployment: 'twin' });
    expect(fault).toMatchObject({ code: 'resource_ambiguous', hint: 'Name one of them by its id.' });
    const ids = world.sandbox.deployments().flatMap(({ name, id }) => (name === 'twin' ? [id] : []));
    expect(ids).toHaveLength(2);
    for (const id of ids) expect(fault.message).toContain(id);
  });

  it('a name of other case, and tells that there is one', async () => {
    const fault = await failToResolve({ deployment: 'Checkout-Prod' });
    expect(fault.code).toBe('upstream_not_found');
    expect(fault.hint).toContain('checkout-prod');
  });

  it('from the beginning of a name', async () => {
    expect((await failToResolve({ deployment: 'checkout' })).code).toBe('upstream_not_found');
  });

  it('between several deployments with the tag, and names them', async () => {
    const fault = await failToResolve({ tags: { env: 'prod' } });
    expect(fault.code).toBe('resource_ambiguous');
    expect(fault.message).toMatch(/3 deployments are tagged env=prod: .*checkout-prod/);
  });

  it('where no deployment carries the tags', async () => {
    const fault = await failToResolve({ tags: { env: 'prod', team: 'nobody' } });
    expect(fault).toMatchObject({
      code: 'upstream_not_found',
      message: `${world.http.host}: there is no deployment tagged env=prod, team=nobody.`,
    });
  });

  it('a ref id that the deployment does not have, and names those that it has', async () => {
    const fault = await failToResolve({ deployment: 'checkout-prod', refId: 'other-apm' });
    expect(fault.code).toBe('resource_unavailable');
    expect(fault.message).toContain('no APM resource other-apm; its APM resources: main-apm');
  });

  it.each(['search-prod', 'billing-staging'])(
    'to rotate %s, which Elastic Agent manages',
    async (deployment) => {
      const fault = await failToResolve({ deployment });
      expect(fault).toMatchObject({ code: 'not_rotatable', effect: 'not_applied' });
      expect(fault.message).toContain('_reset-token works for standalone APM only');
      expect(fault.hint).toContain('kibana` credentials that may edit Fleet policies');
      expect(world.requests()).not.toContain(RESET);
    },
  );

  it('a deployment that is stopped', async () => {
    expect(await failToResolve({ deployment: 'asleep' })).toMatchObject({
      code: 'resource_unavailable',
      message: 'asleep / main-apm: its status is stopped, expected started.',
    });
  });

  it('what a 403 means: absent, foreign or an expired key', async () => {
    world.fault('get-deployment', { kind: 'status', status: 403 });
    const { id } = world.sandbox.deployment('checkout-prod');
    const fault = await failToResolve({ deployment: id });
    expect(fault.code).toBe('upstream_forbidden');
    expect(fault.message).toMatch(/absent.*another organization.*expired/);
  });
});
