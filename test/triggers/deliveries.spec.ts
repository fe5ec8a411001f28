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
    expect(body['asked']).toEqual({
      what: 'pause',
      target: null,
      reason: 'an incident',
      by: 'the owner',
    });
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

  describe('one of them', () => {
    const FAILED = delivery('web', {
      state: 'failed',
      problem: { code: 'target_failed', detail: 'web is down' },
    });
    const PARTIAL = {
      state: 'ended',
      outcome: 'partial',
      reason: 'targets_failed',
      detail: 'web is down',
      current: NEW,
    } as const;
    const ask = async (id: string, what: string, target = 'web') =>
      world.ask('POST', `/v1/runs/${id}/deliveries/${target}/${what}`, { reason: 'looked at it' });

    it.each(['retry', 'ack', 'skip'])('takes a %s from whoever may rotate, who is named', async (what) => {
      const id = await runWith([delivery('web', { state: 'observing', begunAt: 1 })]);
      expect((await world.ask('GET', `/v1/runs/${id}`)).body['deliveries']).toMatchObject([
        { mayAsk: ['retry', 'ack', 'skip'], acknowledged: null, nextTryAt: null },
      ]);
      const { status, headers } = await ask(id, what);
      expect([status, headers['location']]).toEqual([202, `/v1/runs/${id}`]);
      const { body } = await world.ask('GET', `/v1/runs/${id}`);
      expect(body['asked']).toEqual({ what, target: 'web', reason: 'looked at it', by: 'the owner' });
      expect(body['deliveries']).toMatchObject([{ mayAsk: [] }]);
      expect((await ask(id, 'skip')).body['detail']).toContain(`what was asked before (${what} of web)`);
      const { status: stops } = await world.ask('POST', `/v1/runs/${id}/cancel`, {});
      expect(stops).toBe(409);
    });

    it('that is to be looked at first keeps nobody from stopping the others', async () => {
      const id = await runWith([FAILED, delivery('jobs', { wave: 2 })]);
      await ask(id, 'retry');
      expect((await world.ask('POST', `/v1/runs/${id}/pause`, {})).status).toBe(202);
    });

    it.each([
      ['ack', {}],
      ['skip', { reason: '  ' }],
    ])('takes no %s without a reason', async (what, body) => {
      const id = await runWith([FAILED]);
      const refused = await world.ask('POST', `/v1/runs/${id}/deliveries/web/${what}`, body);
      expect([refused.status, refused.body['code']]).toEqual([400, 'request_invalid']);
    });

    it('is one that there is, once there are any', async () => {
      const { id } = await world.journal.open(aRun());
      expect(await ask(id, 'skip')).toMatchObject({ status: 409, body: { code: 'not_possible' } });
      await world.journal.append((await world.journal.claim()) ?? { runId: id, epoch: 0 }, {
        state: SETTLED,
        deliveries: [FAILED],
      });
      expect(await ask(id, 'skip', 'wbe')).toMatchObject({
        status: 404,
        body: { detail: `${id} has no target "wbe"; it has web` },
      });
    });

    it('takes no more than its state allows: the answer says why, and nothing is noted', async () => {
      const id = await runWith([delivery('web', { state: 'converged' }), delivery('jobs')]);
      const { status, body } = await ask(id, 'retry');
      expect([status, body['code']]).toEqual([409, 'not_possible']);
      expect(body['detail']).toContain('`rotor redeliver checkout --target web` brings it there again');
      expect(await world.journal.entries(id)).toHaveLength(2);
    });

    it('is delivered to by a run of its own, once its run has ended without it', async () => {
      const id = await runWith([FAILED, delivery('jobs', { state: 'converged' })], PARTIAL);
      const again = await ask(id, 'retry');
      expect([again.status, again.headers['location']]).toEqual([
        202,
        `/v1/runs/${String(again.body['id'])}`,
      ]);
      expect((await world.ask('GET', String(again.headers['location']))).body).toMatchObject({
        mode: 'adopt',
        only: ['web'],
        trigger: { reason: `again after ${id}: looked at it`, by: 'the owner' },
      });
      expect((await ask(id, 'skip')).body['detail']).toContain('nothing of it is left to skip');
      expect((await ask(id, 'retry', 'jobs')).body['detail']).toContain('has not left jobs behind');
    });

    it('leads to the newer run that is bringing the token to it already', async () => {
      const id = await runWith([FAILED], PARTIAL);
      world.clock.advance(1_000);
      const newer = await runWith([delivery('web', { state: 'waiting', tries: 1, notBefore: 9e12 })]);
      const there = await ask(id, 'retry');
      expect(there.headers['location']).toBe(`/v1/runs/${newer}`);
      expect((await world.ask('GET', `/v1/runs/${newer}`)).body['asked']).toMatchObject({ what: 'retry' });
      expect((await ask(id, 'ack')).body['detail']).toContain(`\`rotor ack ${newer} web --reason …\``);
    });

    it('is spoken for in a run of its own after the end, of this token alone', async () => {
      const id = await runWith([FAILED], PARTIAL);
      const { headers } = await ask(id, 'ack');
      const run = await world.journal.find(String(headers['location']).split('/').at(-1) ?? '');
      const word = { reason: 'looked at it', by: 'the owner' };
      expect(run).toMatchObject({ mode: 'adopt', only: ['web'] });
      expect(run?.acked).toEqual([{ target: 'web', fingerprint: NEW.fingerprint, ...word }]);
      expect((await world.journal.verify()).faults).toEqual([]);
    });

    it('cannot be asked of a run that has ended before its token was current', async () => {
      const { id } = await world.journal.open(aRun());
      const claim = await world.journal.claim();
      if (!claim) throw new Error('nothing was claimed');
      await world.journal.append(claim, { state: { state: 'ended', outcome: 'failed', detail: 'no' } });
      const { status, body } = await ask(id, 'retry');
      expect([status, body['detail']]).toEqual([409, expect.stringContaining(`\`rotor retry ${id}\``)]);
    });
  });
});
