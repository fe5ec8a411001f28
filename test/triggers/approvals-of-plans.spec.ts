import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RotorError } from '../../src/rotation/errors.js';
import { Planner } from '../../src/triggers/planner.js';
import type { FakeSettableIssuer } from '../fakes/fake-issuer.js';
import { settable, type Harness } from '../rotation/harness.js';
import { ApiWorld } from './api-world.js';
import { askedBy, clientOf, HOUR, reload, type Client } from './approval-clients.js';

describe('an approval of a plan', () => {
  let upstream: Harness<FakeSettableIssuer>;
  let world: ApiWorld;
  let ada: Client;
  let grace: Client;
  let isDown: boolean;
  let whileLooking: () => void;

  beforeEach(async () => {
    upstream = await settable();
    isDown = false;
    whileLooking = () => undefined;
    world = await ApiWorld.open({
      approval: { approvers: [], expiresMs: 4 * HOUR },
      ports: () => {
        whileLooking();
        if (!isDown) return upstream.ports;
        throw new RotorError('upstream_unreachable', 'the cloud does not answer');
      },
    });
    ada = await clientOf(world, 'ada', ['read', 'rotate']);
    grace = await clientOf(world, 'grace', ['read', 'approve']);
  });
  afterEach(async () => world.close());

  const planned = async () => (await ada('POST', '/v1/rotations/checkout/plan')).body;
  const asked = async (): Promise<string> => askedBy(ada, { planId: (await planned())['planId'] });
  const approve = async (id: string) => grace('POST', `/v1/approvals/${id}/approve`);
  const changeTheWorld = (): void => {
    upstream.issuer.changeByOthers();
    upstream.issuer.apply();
  };

  it('is said in the plan to be needed, and which one waits', async () => {
    expect((await planned())['warnings']).toEqual([
      'A new token of this rotation needs the approval of somebody else before its run starts.',
    ]);
    const id = await asked();
    expect((await planned())['warnings']).toEqual([`${id} waits for the approval of somebody else already.`]);
  });

  it('starts exactly what was agreed to, also when the plan is older than it may be to start by hand', async () => {
    const { planId, digest } = await planned();
    const id = await askedBy(ada, { planId });
    world.clock.advance(2 * HOUR);
    const granted = await approve(id);
    expect(granted).toMatchObject({ status: 200, body: { state: 'granted', planId, planDigest: digest } });
    expect((await world.journal.find(String(granted.body['run'])))?.planned).toEqual({
      resource: upstream.issuer.resource.key,
      fingerprint: upstream.issuer.inForce.fingerprint,
    });
  });

  it('starts nothing where the world is another one by then, and is worth nothing from then on', async () => {
    const id = await asked();
    changeTheWorld();
    const refused = await approve(id);
    expect(refused).toMatchObject({ status: 412, body: { code: 'plan_stale' } });
    expect(refused.body['hint']).toContain('rotor rotate checkout');
    expect(await world.journal.list({ limit: 10 })).toEqual([]);
    const { body } = await ada('GET', `/v1/approvals/${id}`);
    expect(body).toMatchObject({ state: 'superseded', run: null, decidedBy: null });
    expect(body['comment']).toContain('the world is another one');
    const told = await world.journal.notifications.list({ limit: 10 });
    expect(told.map(({ name }) => name)).toEqual(['approval.superseded', 'approval.requested']);
    expect(await approve(id)).toMatchObject({ status: 409, body: { code: 'approval_ended' } });
    expect(await asked()).not.toBe(id);
  });

  it('is allowed also where the config names others who may by then', async () => {
    const id = await asked();
    reload(world, { approval: { approvers: ['grace'], expiresMs: HOUR } });
    expect(await approve(id)).toMatchObject({ status: 200, body: { state: 'granted' } });
  });

  it('is worth nothing where a run depends on what the config no longer says', async () => {
    const id = await asked();
    reload(world, { approval: { approvers: [], expiresMs: HOUR }, basis: 'another' });
    expect(await approve(id)).toMatchObject({ status: 412, body: { code: 'plan_stale' } });
    expect((await ada('GET', `/v1/approvals/${id}`)).body).toMatchObject({ state: 'superseded' });
  });

  it('is allowed by nobody whom the config no longer names once the world was looked at', async () => {
    const id = await asked();
    whileLooking = () => reload(world, { approval: { approvers: ['linus'], expiresMs: HOUR } });
    expect(await approve(id)).toMatchObject({ status: 403, body: { code: 'not_an_approver' } });
    expect((await ada('GET', `/v1/approvals/${id}`)).body).toMatchObject({ state: 'pending' });
  });

  it('is not asked for with a plan that is stale already', async () => {
    const { planId } = await planned();
    changeTheWorld();
    const refused = await ada('POST', '/v1/rotations/checkout/approvals', { reason: 'leak', planId });
    expect(refused).toMatchObject({ status: 412, body: { code: 'plan_stale' } });
    expect((await ada('GET', '/v1/approvals')).body).toMatchObject({ approvals: [] });
  });

  it('stays pending where the world cannot be looked at for a moment', async () => {
    const id = await asked();
    isDown = true;
    expect(await approve(id)).toMatchObject({ status: 503, body: { code: 'upstream_unreachable' } });
    isDown = false;
    expect(await approve(id)).toMatchObject({ status: 200, body: { state: 'granted' } });
  });

  const throttled = new RotorError('store_unavailable', 'the store is throttled', { retryAfterMs: 1_000 });
  const forbidden = new RotorError('upstream_forbidden', 'the role is missing');
  it.each<[string, () => void, object]>([
    [
      'the store does not answer',
      () => upstream.store.failNext('preflight', throttled),
      { status: 503, headers: { 'retry-after': '1' }, body: { code: 'store_unavailable' } },
    ],
    [
      'the issuer refuses the look',
      () => upstream.issuer.failNext('inspect', forbidden),
      { status: 502, body: { code: 'upstream_forbidden' } },
    ],
    [
      'a target does not answer',
      () => upstream.targets[0]?.failNext('preflight', new RotorError('target_failed', 'no answer')),
      { status: 502, body: { code: 'target_failed' } },
    ],
    [
      'a plan of the deployment is pending',
      () => {
        upstream.issuer.busy = 'a plan is pending';
      },
      { status: 409, body: { code: 'upstream_busy' } },
    ],
    [
      'the APM Server does not answer',
      () => {
        upstream.prober.down = true;
      },
      { status: 409, body: { code: 'upstream_busy' } },
    ],
  ])('stays pending where %s, once the resource is known', async (_, hinder, answer) => {
    const id = await asked();
    hinder();
    const refused = await approve(id);
    expect(refused).toMatchObject(answer);
    upstream.issuer.busy = undefined;
    upstream.prober.down = false;
    expect(await approve(id)).toMatchObject({ status: 200, body: { state: 'granted' } });
  });

  it('tells nothing of the plan by a look that was cut short', async () => {
    const { digest } = await planned();
    upstream.prober.down = true;
    const looking = world.app.get(Planner).stillAgreed('checkout', String(digest), AbortSignal.abort());
    await expect(looking).rejects.toMatchObject({ code: 'upstream_timeout', retryable: true });
  });
});
