import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { FakeSettableIssuer } from '../../fakes/fake-issuer.js';
import type { Harness } from '../../rotation/harness.js';
import { settable } from '../../rotation/harness.js';
import { RotorError } from '../../../src/rotation/errors.js';
import { ApiWorld } from '../api-world.js';

const HOUR = 60 * 60_000;

describe('a plan', () => {
  let upstream: Harness<FakeSettableIssuer>;
  let world: ApiWorld;
  beforeEach(async () => {
    upstream = await settable();
    world = await ApiWorld.open({ ports: () => upstream.ports });
  });
  afterEach(async () => world.close());

  const plan = async (body?: object) => (await world.ask('POST', '/v1/rotations/checkout/plan', body)).body;
  const start = async (planId: unknown, headers: Record<string, string> = {}) =>
    world.ask('POST', '/v1/rotations/checkout/runs', { planId, reason: 'as agreed' }, headers);

  it('says what a run would do, with what, for whom, and that nobody knows yet what it costs', async () => {
    expect(await plan()).toMatchObject({
      rotation: 'checkout',
      verdict: 'ready',
      resource: upstream.issuer.resource.label,
      tokenChosenBy: 'Rotor',
      fingerprint: upstream.issuer.inForce.fingerprint,
      steps: ['prepare', 'set', 'accept', 'promote', 'settle', 'deliver'],
      targets: [{ name: 'web', type: 'file' }],
      authGapEstimateMs: null,
      warnings: [],
      expiresAt: '2026-11-23T13:00:00.000Z',
    });
    expect(upstream.issuer.writes + upstream.store.labelled.size).toBe(0);
  });

  it('is what is started by its id, and the run holds on to it', async () => {
    const { planId } = await plan();
    const started = await start(planId, { 'idempotency-key': 'one' });
    expect(started.status).toBe(202);
    const run = await world.journal.find(String(started.body['id']));
    expect(run?.planned).toEqual({
      resource: upstream.issuer.resource.key,
      fingerprint: upstream.issuer.inForce.fingerprint,
    });
    expect((await world.ask('GET', '/v1/audit')).body).toMatchObject({ runs: 1, faults: [] });
  });

  it('is refused with 412 where another token is in force by then, and nothing is started', async () => {
    const { planId } = await plan();
    upstream.issuer.changeByOthers();
    upstream.issuer.apply();
    const refused = await start(planId);
    expect(refused).toMatchObject({ status: 412, body: { code: 'plan_stale' } });
    expect(refused.body['detail']).toContain('the world is another one than when the plan was made');
    expect(await world.journal.list({ limit: 10 })).toEqual([]);
  });

  it('holds for an hour, and a text that is none is told from one that is over', async () => {
    const { planId } = await plan();
    world.clock.advance(HOUR);
    expect((await start(planId)).body).toMatchObject({
      code: 'plan_stale',
      detail: 'the plan is over an hour old',
    });
    expect((await start('plan_1')).body).toMatchObject({ code: 'request_invalid' });
  });

  it('does not stand in the way of the same request sent again', async () => {
    const { planId } = await plan();
    const first = await start(planId, { 'idempotency-key': 'one' });
    upstream.issuer.changeByOthers();
    upstream.issuer.apply();
    expect((await start(planId, { 'idempotency-key': 'one' })).body).toEqual(first.body);
  });

  it('refuses what a start would be refused with: a pause, unless it is an emergency, and a run under way', async () => {
    const pausing = { reason: 'audit week' };
    await world.ask('POST', '/v1/rotations/checkout/pause', pausing);
    const paused = await plan();
    expect(paused).toMatchObject({ verdict: 'would_refuse', code: 'paused', warnings: [] });
    expect(paused['detail']).toMatch(/^checkout is paused: audit week\. End the pause first: /);
    expect((await start(paused['planId'])).body).toMatchObject({ code: 'paused' });
    expect(await plan({ mode: 'emergency' })).toMatchObject({
      verdict: 'ready',
      warnings: ['The rotation is paused: audit week'],
    });

    await world.ask('POST', '/v1/rotations/checkout/runs', { mode: 'adopt' });
    expect((await plan())['warnings']).toEqual([expect.stringMatching(/^The run run_\w+ is under way/)]);
    const busy = await plan({ mode: 'emergency' });
    expect(busy).toMatchObject({ verdict: 'would_refuse', code: 'rotation_in_progress' });
    const refused = await world.ask('POST', '/v1/rotations/checkout/runs', { mode: 'emergency', ...pausing });
    expect(refused.body['code']).toBe('rotation_in_progress');
    expect(busy['detail']).toContain(String(refused.body['detail']).replace(/\.$/, ''));
  });
});

describe('a verification', () => {
  let upstream: Harness<FakeSettableIssuer>;
  let world: ApiWorld;
  beforeEach(async () => {
    upstream = await settable();
    world = await ApiWorld.open({ ports: () => upstream.ports });
  });
  afterEach(async () => world.close());

  const verify = async () => (await world.ask('POST', '/v1/rotations/checkout/verify')).body;

  it('says that all agree, and how many connections said so', async () => {
    const { fingerprint } = upstream.issuer.inForce;
    await upstream.targets[0]?.deliver(upstream.issuer.inForce, new AbortController().signal);
    expect(await verify()).toEqual({
      rotation: 'checkout',
      verdict: 'in_step',
      busy: null,
      underWay: null,
      drift: null,
      issuer: fingerprint,
      store: fingerprint,
      connections: { accepted: 3, refused: 0, unclear: 0 },
      targets: [{ name: 'web', state: 'converged', seen: 1, of: 1 }],
    });
  });

  it('never says that all agree where nobody could be asked', async () => {
    await upstream.targets[0]?.deliver(upstream.issuer.inForce, new AbortController().signal);
    upstream.prober.down = true;
    expect(await verify()).toMatchObject({
      verdict: 'unknown',
      drift: null,
      connections: { accepted: 0, refused: 0 },
    });
  });

  it('nor where a target could not be looked at', async () => {
    upstream.targets[0]?.failNext('observe', new RotorError('target_failed', 'nobody is there'));
    expect(await verify()).toMatchObject({
      verdict: 'unknown',
      targets: [{ state: 'unknown', why: 'nobody is there' }],
    });
  });

  it('says at once what the watch acts on when it has seen it twice', async () => {
    upstream.issuer.changeByOthers();
    upstream.issuer.apply();
    expect(await verify()).toMatchObject({
      verdict: 'drifted',
      drift: { kind: 'changed_outside', adoptable: true, repair: 'rotor adopt checkout' },
    });
    expect(upstream.store.labelled.size).toBe(0);
  });
});
