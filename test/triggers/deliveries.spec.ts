import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Delivery } from '../../src/rotation/delivery.js';
import type { RunState } from '../../src/rotation/run.js';
import { aRun } from '../contracts/journal.contract.js';
import { NEW, OLD } from '../rotation/sights.js';
import { ApiWorld } from './api-world.js';

const SETTLED: RunState = { state: 'settled', current: NEW, previous: OLD, oldStillAccepted: false };
const delivery = (target: string, over: Partial<Delivery> = {}): Delivery => ({
  target,
  state: 'waiting',
  fingerprint: NEW.fingerprint,
  tries: 0,
  ...over,
});

describe('the deliveries of a run, through the API', () => {
  let world: ApiWorld;
  beforeEach(async () => {
    world = await ApiWorld.open();
  });
  afterEach(async () => world.close());

  async function runWith(deliveries: readonly Delivery[], end?: RunState): Promise<string> {
    const { id } = await world.journal.open(aRun());
    const claim = await world.journal.claim();
    if (!claim) throw new Error('nothing was claimed');
    await world.journal.append(claim, { state: SETTLED, deliveries });
    if (end) await world.journal.append(claim, { state: end });
    return id;
  }

  it('are paused and resumed by whoever may rotate, who is named', async () => {
    const id = await runWith([delivery('web', { state: 'converged' }), delivery('jobs', { wave: 2 })]);
    const paused = await world.ask('POST', `/v1/runs/${id}/pause`, { reason: 'an incident' });
    expect([paused.status, paused.headers['location']]).toEqual([202, `/v1/runs/${id}`]);
    const { body } = await world.ask('GET', `/v1/runs/${id}`);
    expect(body['asked']).toEqual({ what: 'pause', reason: 'an incident', by: expect.any(String) });
    expect(body['deliveries']).toMatchObject([{ wave: 1 }, { wave: 2, state: 'waiting', detail: null }]);
  });

  it.each(['cancel', 'pause'])('take a %s while a resume looks, and no other resume', async (what) => {
    const { id } = await world.journal.open(aRun());
    const claim = await world.journal.claim();
    if (!claim) throw new Error('nothing was claimed');
    const paused = { since: world.clock.now(), reason: 'an incident' };
    await world.journal.append(claim, { state: SETTLED, deliveries: [delivery('web')], paused });
    const ask = async (wish: string) => world.ask('POST', `/v1/runs/${id}/${wish}`, {});
    expect((await ask('resume')).status).toBe(202);
    expect(await ask('resume')).toMatchObject({ status: 409, body: { code: 'not_possible' } });
    expect((await ask(what)).status).toBe(202);
    expect((await world.ask('GET', `/v1/runs/${id}`)).body['asked']).toMatchObject({ what });
    expect((await ask('resume')).body['detail']).toContain(`what was asked before (${what})`);
  });

  it('are seen to be paused: since when, by whom and why, until another token is current', async () => {
    const { id } = await world.journal.open(aRun());
    const claim = await world.journal.claim();
    if (!claim) throw new Error('nothing was claimed');
    const since = world.clock.now();
    const paused = { since, reason: 'an incident', by: 'ada' };
    await world.journal.append(claim, { state: SETTLED, deliveries: [delivery('web')], paused });
    const shown = async () => (await world.ask('GET', '/v1/rotations/checkout')).body;
    const held = {
      state: 'deliveries_paused',
      deliveriesPaused: { run: id, since: new Date(since).toISOString(), reason: 'an incident', by: 'ada' },
    };
    expect(await shown()).toMatchObject(held);
    world.clock.advance(1_000);
    // One that comes to nothing changes nothing about them.
    const next = await world.journal.open(aRun());
    expect(await shown()).toMatchObject({ ...held, lastRun: { id: next.id } });
    const another = await world.journal.claim();
    if (!another) throw new Error('nothing was claimed');
    await world.journal.append(another, { state: SETTLED, deliveries: [delivery('web')] });
    expect(await shown()).toMatchObject({ state: 'rotating', deliveriesPaused: null });
  });

  it.each([
    [
      'pause',
      [delivery('web', { state: 'converged' })],
      'every delivery has begun, so that nothing is left to pause',
    ],
    ['resume', [delivery('web')], 'are not paused'],
    [
      'cancel',
      [delivery('web', { state: 'observing' })],
      'every delivery has begun, so that nothing is left to stop',
    ],
  ])(
    'are left as they are where %s can do nothing, and the answer says why',
    async (what, deliveries, why) => {
      const id = await runWith(deliveries);
      const { status, body } = await world.ask('POST', `/v1/runs/${id}/${what}`, {});
      expect([status, body['code']]).toEqual([409, 'not_possible']);
      expect(body['detail']).toContain(why);
    },
  );

  it('cannot be paused before there are any, and the answer names what can be done instead', async () => {
    const { id } = await world.journal.open(aRun());
    const { status, body } = await world.ask('POST', `/v1/runs/${id}/pause`, {});
    expect(status).toBe(409);
    expect(body['detail']).toContain(`\`rotor cancel ${id}\``);
  });

  it('are made again to one target alone', async () => {
    const again = await world.ask('POST', '/v1/rotations/checkout/redeliver', { targets: ['web'] });
    expect(again.status).toBe(202);
    const run = await world.ask('GET', String(again.headers['location']));
    expect(run.body).toMatchObject({ mode: 'adopt', only: ['web'] });
  });

  it('are not made to a target that there is not', async () => {
    const { status, body } = await world.ask('POST', '/v1/rotations/checkout/redeliver', {
      targets: ['wbe'],
    });
    expect([status, body['detail']]).toEqual([
      404,
      expect.stringMatching(/^checkout has no target "wbe"; it has web/),
    ]);
  });

  it('are tried again to those that do not have the token, and to nobody else', async () => {
    const end = {
      state: 'ended',
      outcome: 'partial',
      reason: 'targets_failed',
      detail: 'jobs is down',
      current: NEW,
    } as const;
    const id = await runWith(
      [delivery('web', { state: 'failed' }), delivery('gone', { state: 'failed' })],
      end,
    );
    const again = await world.ask('POST', `/v1/runs/${id}/retry`, {});
    const run = await world.ask('GET', String(again.headers['location']));
    expect(run.body).toMatchObject({ mode: 'adopt', only: ['web'] });
  });

  it('restart nobody who has the token, where something else has kept the run from succeeding', async () => {
    const end = {
      state: 'ended',
      outcome: 'partial',
      reason: 'replicas_behind',
      detail: 'eu-west-1 is behind',
      current: NEW,
    } as const;
    const id = await runWith([delivery('web', { state: 'converged' })], end);
    const again = await world.ask('POST', `/v1/runs/${id}/retry`, {});
    const run = await world.ask('GET', String(again.headers['location']));
    expect(run.body).toMatchObject({ mode: 'adopt', only: [] });
  });
});
