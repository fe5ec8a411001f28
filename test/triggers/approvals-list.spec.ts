import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiWorld } from './api-world.js';
import { askedBy, clientOf, HOUR, reload, type Client } from './approval-clients.js';

describe('what is asked of approvals', () => {
  let world: ApiWorld;
  let ada: Client;
  let linus: Client;

  beforeEach(async () => {
    const approval = { approvers: [], expiresMs: 4 * HOUR };
    world = await ApiWorld.open({ approval, others: { search: { env: 'staging' } } });
    ada = await clientOf(world, 'ada', ['read', 'rotate']);
    linus = await clientOf(world, 'linus', ['read', 'approve']);
  });
  afterEach(async () => world.close());

  const reject = async (client: Client, id: string, reason = 'no') =>
    client('POST', `/v1/approvals/${id}/reject`, { reason });

  it('is listed newest first, for those alone who may see it', async () => {
    const first = await askedBy(ada);
    await reject(linus, first);
    world.clock.advance(1);
    const second = await askedBy(ada);
    const other = await world.ask('POST', '/v1/rotations/search/approvals', { reason: 'x' });
    const ids = async (client: Client, query = ''): Promise<unknown> => {
      const { body } = await client('GET', `/v1/approvals${query}`);
      return (body['approvals'] as { id: string }[]).map(({ id }) => id);
    };
    expect(await ids(ada, '?rotation=checkout')).toEqual([second, first]);
    expect(await ids(ada, '?state=rejected')).toEqual([first]);
    expect(await ids(ada, '?selector=env=staging')).toEqual([other.body['id']]);
    const reader = await clientOf(world, 'reader', ['read[env=staging]']);
    expect(await ids(reader)).toEqual([other.body['id']]);
    expect((await reader('GET', `/v1/approvals/${first}`)).status).toBe(403);
    const page = await ada('GET', '/v1/approvals?rotation=checkout&limit=1');
    expect(page.headers.link).toContain('rel="next"');
    const next = await ada('GET', String(page.body['next']));
    expect(next.body).toMatchObject({ approvals: [{ id: first }], next: null });
    expect((await ada('GET', '/v1/approvals?cursor=x')).body).toMatchObject({ code: 'request_invalid' });
  });

  it('is in the one line of what happens', async () => {
    const id = await askedBy(ada);
    await reject(linus, id, 'not on a Friday');
    const { body } = await ada('GET', '/v1/events?rotation=checkout');
    expect(body['events']).toMatchObject([
      { said: { what: 'approval_requested', reason: 'leak', approval: id } },
      { said: { what: 'approval_rejected', reason: 'not on a Friday', approval: id } },
    ]);
  });

  it('is asked for with a key that no other request has, and answered so also when none is needed any more', async () => {
    const key = (of: string) => ({ 'idempotency-key': of });
    const asking = async (of: string) =>
      ada('POST', '/v1/rotations/checkout/approvals', { reason: 'leak' }, key(of));
    const reused = { status: 422, body: { code: 'idempotency_key_reused' } };
    const first = await asking('of-the-approval');
    expect(
      await ada('POST', '/v1/rotations/checkout/runs', { mode: 'adopt' }, key('of-the-approval')),
    ).toMatchObject(reused);
    await ada('POST', '/v1/rotations/checkout/runs', { mode: 'adopt' }, key('of-the-run'));
    expect(await asking('of-the-run')).toMatchObject(reused);
    reload(world, {});
    expect(await asking('of-the-approval')).toMatchObject({ status: 201, body: { id: first.body['id'] } });
    expect(await asking('of-another')).toMatchObject({ status: 409, body: { code: 'approval_not_needed' } });
  });
});
