import { inspect } from 'node:util';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import type { ResourceSelect } from '../../src/issuers/select.js';
import { resettableContract } from '../contracts/issuer-kinds.contract.js';
import { faultOf, issuerContract } from '../contracts/issuer.contract.js';
import { never } from '../fakes/never.js';
import {
  cloudHarness,
  finishPlan,
  RESET,
  RESET_FAULTS,
  startCloudWorld,
  type CloudWorld,
} from './cloud-world.js';

issuerContract('elastic-cloud', cloudHarness);
resettableContract('elastic-cloud', cloudHarness);

function secretsOf({ sandbox }: CloudWorld): string[] {
  const deployment = sandbox.deployment('checkout-prod');
  const pending = deployment.pendingToken();
  return [sandbox.cloud.apiKey, deployment.currentToken(), ...(pending === undefined ? [] : [pending])];
}

describe('over the sandbox', () => {
  let world: CloudWorld;
  beforeEach(async () => {
    world = await startCloudWorld();
  });
  afterEach(async () => world.close());

  const resolve = async (select: ResourceSelect) => world.issuer(select).resolve(never());
  const failToResolve = async (select: ResourceSelect) => faultOf(resolve(select));

  describe('elastic-cloud looks', () => {
    it('at the plan in force, the address, and the expiry of the key', async () => {
      const issuer = world.issuer({ deployment: 'checkout-prod' });
      const view = await issuer.inspect(await issuer.resolve(never()), never());
      const deployment = world.sandbox.deployment('checkout-prod');
      expect(view.apmUrl).toBe(deployment.apmUrl);
      expect(view.precondition).toBe('');
      expect(view.attempt).toMatch(/^[0-9a-f-]{36}$/);
      expect(view.credentialExpires?.getTime()).toBeGreaterThan(Date.now());
    });

    it('at endpoint and port where the API tells no URL', async () => {
      const issuer = world.issuer({ deployment: 'legacy' });
      const view = await issuer.inspect(await issuer.resolve(never()), never());
      expect(view.apmUrl).toBe(world.sandbox.deployment('legacy').apmUrl);
    });

    it.each([
      ['a 503', { kind: 'status', status: 503 }],
      ['a 429', { kind: 'status', status: 429 }],
      ['a cut connection', { kind: 'drop-before' }],
      ['an HTML page', { kind: 'html', status: 502 }],
      ['a truncated answer', { kind: 'truncated' }],
    ] as const)('again after %s', async (_name, effect) => {
      world.fault('get-deployment', effect);
      const { id } = world.sandbox.deployment('checkout-prod');
      expect((await resolve({ deployment: id })).label).toBe('checkout-prod / main-apm');
      expect(world.requests()).toEqual(['get-deployment', 'get-deployment']);
    });

    it('once, where the answer is a definite no', async () => {
      world.fault('get-deployment', { kind: 'status', status: 401 });
      const { id } = world.sandbox.deployment('checkout-prod');
      expect((await failToResolve({ deployment: id })).code).toBe('upstream_unauthenticated');
      expect(world.requests()).toEqual(['get-deployment']);
    });

    it('and sees no attempt change when a plan fails', async () => {
      const issuer = world.issuer({ deployment: 'checkout-prod' });
      const resource = await issuer.resolve(never());
      const deployment = world.sandbox.deployment('checkout-prod');
      deployment.failNextPlan();
      deployment.resetByColleague();
      const { planAttempt } = world.sandbox.ledger.of('token.reset').at(-1)!;
      await finishPlan(world.sandbox, 'checkout-prod');
      expect((await issuer.inspect(resource, never())).failedAttempt).toBe(planAttempt);
    });
  });

  describe('elastic-cloud resets', () => {
    const CODES: Record<string, string> = {
      'cut before it acts': 'upstream_unreachable unknown',
      'reply lost': 'upstream_unreachable unknown',
      '401': 'upstream_unauthenticated not_applied',
      '403': 'upstream_forbidden not_applied',
      '404': 'upstream_not_found not_applied',
      '429': 'upstream_rate_limited not_applied',
      '449': 'upstream_elevation_required not_applied',
      '500': 'upstream_error unknown',
      '500 after it acted': 'upstream_error unknown',
      '503 after it acted': 'upstream_error unknown',
      'HTML 200': 'upstream_not_json unknown',
      'HTML 200 after it acted': 'upstream_not_json unknown',
      'HTML 502 after it acted': 'upstream_error unknown',
      truncated: 'upstream_malformed unknown',
      malformed: 'upstream_malformed unknown',
      'no token in the answer': 'upstream_malformed unknown',
      redirect: 'upstream_rejected unknown',
    };

    it.each(RESET_FAULTS)('once, and names what came back: %s', async (name, effect) => {
      const issuer = world.issuer({ deployment: 'checkout-prod' });
      const resource = await issuer.resolve(never());
      world.fault(RESET, effect);
      const fault = await faultOf(issuer.reset(resource, never()));
      expect(`${fault.code} ${fault.effect}`).toBe(CODES[name]);
      expect(world.requests().filter((operation) => operation === RESET)).toHaveLength(1);
      const shown = inspect(fault, { depth: 10, showHidden: true });
      for (const secret of secretsOf(world)) expect(shown).not.toContain(secret);
    });

    it('and passes on how long a 429 asks to wait', async () => {
      const issuer = world.issuer({ deployment: 'checkout-prod' });
      const resource = await issuer.resolve(never());
      world.fault(RESET, { kind: 'status', status: 429, retryAfter: '7' });
      expect((await faultOf(issuer.reset(resource, never()))).retryAfterMs).toBe(7_000);
    });

    it('nothing that Elastic Agent has come to manage, with proof, and is not taken for busy', async () => {
      const { id } = world.sandbox.deployment('billing-staging');
      const managed = {
        key: 'k',
        label: 'billing-staging / main-apm',
        address: { deploymentId: id, refId: 'main-apm' },
      };
      const issuer = world.issuer({ deployment: id });
      const fault = await faultOf(issuer.reset(managed, never()));
      expect(fault).toMatchObject({ code: 'not_rotatable', effect: 'not_applied' });
      const view = await issuer.inspect(managed, never());
      expect(view).toMatchObject({ current: 'unreadable', moved: expect.stringContaining('Kibana Fleet') });
    });

    it('nothing once the quota is used up, with proof', async () => {
      const tight = await startCloudWorld({ rateLimit: { limit: 2, intervalMs: 3_600_000 } });
      const issuer = tight.issuer({ deployment: 'checkout-prod' });
      const resource = await issuer.resolve(never());
      const fault = await faultOf(issuer.reset(resource, never()));
      const resets = tight.resets();
      await tight.close();
      expect(fault).toMatchObject({ code: 'upstream_rate_limited', effect: 'not_applied' });
      expect(fault.message).toContain('(0 of 2 calls left');
      expect(resets).toBe(0);
    });
  });
});
