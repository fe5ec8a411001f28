import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { refused as gaveUp } from '../contracts/journal.contract.js';
import { ApiWorld } from './api-world.js';
import { askedBy, clientOf, HOUR, reload, type Client } from './approval-clients.js';

const NEEDED = { approval: { approvers: [], expiresMs: 4 * HOUR } };
const runs = '/v1/rotations/checkout/runs';

describe('a rotation each new token of which somebody else has to allow', () => {
  let world: ApiWorld;
  let ada: Client;
  let grace: Client;
  let linus: Client;

  beforeEach(async () => {
    world = await ApiWorld.open({ ...NEEDED, others: { search: { env: 'staging' } } });
    ada = await clientOf(world, 'ada', ['read', 'rotate']);
    grace = await clientOf(world, 'grace', ['read', 'rotate', 'approve', 'pause']);
    linus = await clientOf(world, 'linus', ['read', 'approve']);
  });
  afterEach(async () => world.close());

  const started = async () => world.journal.list({ limit: 10 });
  const approve = async (client: Client, id: string, body = {}, headers = {}) =>
    client('POST', `/v1/approvals/${id}/approve`, body, headers);
  const reject = async (client: Client, id: string, reason = 'no') =>
    client('POST', `/v1/approvals/${id}/reject`, { reason });
  const endRun = async (): Promise<void> => {
    const claim = await world.journal.claim();
    if (claim) await world.journal.append(claim, { state: gaveUp });
  };

  it('starts no run on demand, and says how to ask for one, or who has to decide', async () => {
    const refused = await ada('POST', runs);
    expect(refused).toMatchObject({ status: 409, body: { code: 'approval_required' } });
    expect(refused.body['hint']).toContain('POST /v1/rotations/checkout/approvals');
    expect(refused.headers.location).toBeUndefined();
    const id = await askedBy(ada);
    const waiting = await grace('POST', runs);
    expect(waiting).toMatchObject({ status: 409, body: { code: 'approval_required', approvalId: id } });
    expect(waiting.headers.location).toBe(`/v1/approvals/${id}`);
    expect(await started()).toEqual([]);
  });

  it('is among those that a bulk start is refused for, and may be adopted with others', async () => {
    const rotations = ['checkout', 'search'];
    const bulk = await ada('POST', '/v1/runs', { rotations, mode: 'rotate' });
    expect(bulk).toMatchObject({
      status: 202,
      body: {
        runs: [],
        refused: rotations.map((rotation) => ({ rotation, problem: { code: 'approval_required' } })),
      },
    });
    expect((await ada('POST', '/v1/runs', { rotations, mode: 'adopt' })).body['runs']).toHaveLength(2);
  });

  it('starts the run of whoever asked when another person allows it, and the run tells of both', async () => {
    const id = await askedBy(ada);
    expect((await ada('GET', '/v1/rotations/checkout')).body).toMatchObject({
      approval: { required: true, pending: id },
    });
    const granted = await approve(linus, id, { comment: 'seen it' });
    expect(granted).toMatchObject({ status: 200, body: { id, state: 'granted', comment: 'seen it' } });
    const run = await ada('GET', `/v1/runs/${String(granted.body['run'])}`);
    const said = (name: string) => expect.stringMatching(`the API token ${name} `) as unknown;
    expect(run.body).toMatchObject({
      mode: 'rotate',
      trigger: {
        kind: 'api',
        reason: 'leak',
        by: said('ada'),
        approved: { approval: id, by: said('linus'), comment: 'seen it' },
      },
    });
    expect((await ada('GET', '/v1/rotations')).body).toMatchObject({
      rotations: [{ approval: { required: true, pending: null } }, { approval: { pending: null } }],
    });
    expect((await world.ask('GET', '/v1/audit')).body).toMatchObject({ acts: 5, faults: [] });
  });

  it('is not rotated by the word of whoever asks, whatever they may', async () => {
    const id = await askedBy(grace);
    const refused = await approve(grace, id);
    expect(refused).toMatchObject({ status: 403, body: { code: 'own_request', approvalId: id } });
    const owner = await world.ask('POST', '/v1/rotations/search/approvals', { reason: 'mine' });
    const own = `/v1/approvals/${String(owner.body['id'])}/approve`;
    expect((await world.ask('POST', own)).body).toMatchObject({ code: 'own_request' });
    const { acts } = await world.dump();
    expect(acts.map(({ body }) => body).filter((body) => body.includes('denied'))).toMatchObject([
      expect.stringMatching(/"by":"the API token grace .*"operation":"approve","resource":"checkout"/),
      expect.stringMatching(/"by":"the owner","operation":"approve","resource":"search"/),
    ]);
    expect(await started()).toEqual([]);
  });

  it('is not rotated by the word of another token with the name of whoever asks', async () => {
    const id = await askedBy(ada);
    const second = await clientOf(world, 'ada', ['approve']);
    const refused = await approve(second, id);
    expect(refused).toMatchObject({ status: 403, body: { code: 'own_request', approvalId: id } });
    expect(refused.body['detail']).toContain('has the same name, ada');
    expect(await started()).toEqual([]);
    expect(await reject(second, id)).toMatchObject({ status: 200, body: { state: 'rejected' } });
  });

  it('needs the scope approve to be allowed, for its own labels', async () => {
    const id = await askedBy(ada);
    const stranger = await clientOf(world, 'of staging', ['read', 'rotate', 'approve[env=staging]']);
    for (const one of [await approve(ada, id), await approve(stranger, id)])
      expect(one).toMatchObject({ status: 403, body: { code: 'scope_missing' } });
    const refused = await reject(stranger, id);
    expect(refused).toMatchObject({ status: 403, body: { code: 'scope_missing' } });
    expect(refused.body['detail']).toContain('it needs the scope approve for checkout');
    const ours = await clientOf(world, 'of prod', ['approve[env=prod]']);
    expect(await approve(ours, id)).toMatchObject({ status: 200 });
  });

  it('has no run where it is refused, and whoever asked reads by whom and why', async () => {
    const id = await askedBy(ada);
    const rejected = await reject(linus, id, 'not on a Friday');
    expect(rejected).toMatchObject({ status: 200, body: { state: 'rejected', comment: 'not on a Friday' } });
    expect(await reject(linus, id, 'again')).toMatchObject({
      status: 200,
      body: { comment: 'not on a Friday' },
    });
    const late = await approve(grace, id);
    expect(late).toMatchObject({ status: 409, body: { code: 'approval_ended', approvalId: id } });
    expect(late.body['detail']).toMatch(/was rejected by the API token linus .* at 2026-.*: not on a Friday/);
    expect(late.body['hint']).toBe('Ask again: `rotor rotate checkout`.');
    expect(await started()).toEqual([]);
    expect(await askedBy(ada)).not.toBe(id);
  });

  it('answers whoever has refused it the same once more, and others that it is decided', async () => {
    const id = await askedBy(ada);
    const [first, second] = await Promise.all([reject(linus, id), reject(linus, id)]);
    expect(first).toMatchObject({ status: 200, body: { state: 'rejected' } });
    expect(second).toMatchObject({ status: 200, body: first.body });
    expect(await reject(grace, id)).toMatchObject({ status: 409, body: { code: 'approval_ended' } });
  });

  it('is withdrawn by whoever asked, who needs no more for it than for asking', async () => {
    const id = await askedBy(ada);
    const other = await clientOf(world, 'other', ['rotate']);
    expect(await reject(other, id)).toMatchObject({ status: 403, body: { code: 'scope_missing' } });
    expect(await reject(ada, id, 'found another way')).toMatchObject({ body: { state: 'rejected' } });
  });

  it('answers whoever has allowed it the same once more, and others that it is decided', async () => {
    const id = await askedBy(ada);
    const [first, second] = await Promise.all([approve(linus, id), approve(linus, id)]);
    expect(first).toMatchObject({ status: 200, body: { state: 'granted' } });
    expect(second.body).toEqual(first.body);
    const late = await approve(grace, id);
    expect(late).toMatchObject({ status: 409, body: { code: 'approval_ended' } });
    expect(late.body['hint']).toBe(`Follow its run: \`rotor watch ${String(first.body['run'])}\`.`);
    expect(await started()).toHaveLength(1);
  });

  it('asks once at a time, and the same request again gets what it got before', async () => {
    const id = await askedBy(ada);
    const another = await grace('POST', '/v1/rotations/checkout/approvals', { reason: 'me too' });
    expect(another).toMatchObject({ status: 409, body: { code: 'approval_pending', approvalId: id } });
    expect(another.headers.location).toBe(`/v1/approvals/${id}`);
    await reject(linus, id);
    const key = { 'idempotency-key': 'one' };
    const asking = async (reason: string) => ada('POST', '/v1/rotations/checkout/approvals', { reason }, key);
    const first = await asking('leak');
    expect(first.headers).toMatchObject({ location: `/v1/approvals/${String(first.body['id'])}` });
    expect((await asking('leak')).body).toEqual(first.body);
    expect((await asking('other')).body).toMatchObject({ code: 'idempotency_key_reused' });
  });

  it('keeps a request pending whose run is refused, and says why', async () => {
    const id = await askedBy(ada);
    await grace('POST', '/v1/rotations/checkout/pause', { reason: 'freeze' });
    expect(await approve(linus, id)).toMatchObject({ status: 409, body: { code: 'paused' } });
    await grace('POST', '/v1/rotations/checkout/resume', {});
    await ada('POST', runs, { mode: 'adopt' });
    const inTheWay = await approve(linus, id);
    expect(inTheWay).toMatchObject({ status: 409, body: { code: 'rotation_in_progress' } });
    expect((await ada('GET', `/v1/approvals/${id}`)).body).toMatchObject({ state: 'pending' });
    await endRun();
    expect(await approve(linus, id)).toMatchObject({ status: 200, body: { state: 'granted' } });
  });

  it('does not wait in an emergency, which says that it skips the approval', async () => {
    const id = await askedBy(ada);
    const skipped = ['the approval, which each new token of it needs'];
    const view = await ada('GET', '/v1/rotations/checkout');
    expect(view.body).toMatchObject({ skippedInEmergency: skipped });
    const leaked = { mode: 'emergency', reason: 'the token is public' };
    expect(await ada('POST', runs, leaked)).toMatchObject({ status: 403 });
    const run = await grace('POST', runs, leaked);
    expect(run.status).toBe(202);
    expect((await ada('GET', String(run.headers.location))).body).toMatchObject({
      trigger: { emergency: skipped, approved: null },
    });
    expect((await ada('GET', `/v1/approvals/${id}`)).body).toMatchObject({ state: 'superseded' });
  });

  it('needs none to adopt or to rehearse, nor to deliver again', async () => {
    for (const mode of ['adopt', 'rehearse']) {
      expect(await ada('POST', runs, { mode })).toMatchObject({ status: 202 });
      await endRun();
    }
    expect(await ada('POST', '/v1/rotations/checkout/redeliver')).toMatchObject({ status: 202 });
  });

  it('needs another one for another token, after a run that came to nothing', async () => {
    const { body } = await approve(linus, await askedBy(ada));
    await endRun();
    const again = await ada('POST', `/v1/runs/${String(body['run'])}/retry`);
    expect(again).toMatchObject({ status: 409, body: { code: 'approval_required' } });
  });

  it('is decided on as it was looked at, where the approver says which that was', async () => {
    const id = await askedBy(ada);
    const { headers } = await linus('GET', `/v1/approvals/${id}`);
    expect(headers.etag).toMatch(/^"/);
    const changed = await approve(linus, id, {}, { 'if-match': '"another"' });
    expect(changed).toMatchObject({ status: 412, body: { code: 'precondition_failed' } });
    const { approval } = NEEDED;
    reload(world, { approval, basis: 'other targets' });
    for (const client of [linus, ada]) {
      const what = client === ada ? 'reject' : 'approve';
      const body = client === ada ? { reason: 'no' } : {};
      const url = `/v1/approvals/${id}/${what}`;
      const refused = await client('POST', url, body, { 'if-match': String(headers.etag) });
      expect(refused).toMatchObject({ status: 412, body: { code: 'precondition_failed' } });
    }
    reload(world, { approval: { ...approval, approvers: ['linus'] } });
    expect(await approve(linus, id, {}, { 'if-match': String(headers.etag) })).toMatchObject({ status: 200 });
  });

  it('says in the problem by whom it was decided, also where nobody was in time', async () => {
    const id = await askedBy(ada);
    world.clock.advance(4 * HOUR);
    const late = await approve(linus, id);
    expect(late).toMatchObject({ status: 409, body: { code: 'approval_ended' } });
    expect(late.body['detail']).toMatch(/has expired at 2026-/);
    expect((await ada('GET', `/v1/approvals/${id}`)).body).toMatchObject({ state: 'expired', run: null });
    expect((await ada('GET', '/v1/rotations/checkout')).body).toMatchObject({ approval: { pending: null } });
  });
});

describe('a rotation that needs no approval', () => {
  it('is asked for in vain, and says how to start it', async () => {
    const world = await ApiWorld.open();
    const refused = await world.ask('POST', '/v1/rotations/checkout/approvals', { reason: 'leak' });
    expect(refused).toMatchObject({ status: 409, body: { code: 'approval_not_needed' } });
    expect(refused.body['hint']).toContain('POST /v1/rotations/checkout/runs');
    expect((await world.ask('GET', '/v1/approvals/apr_0')).status).toBe(404);
    await world.close();
  });
});
