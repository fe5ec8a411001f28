import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiWorld } from './api-world.js';

const HOUR = 3_600_000;

describe('a rotation each new token of which somebody else has to allow', () => {
  let world: ApiWorld;
  let ada: Client;
  let grace: Client;

  beforeEach(async () => {
    world = await ApiWorld.open({ approval: { approvers: [], expiresMs: 4 * HOUR } });
    ada = await clientOf(world, ['read', 'rotate']);
    grace = await clientOf(world, ['read', 'rotate', 'approve']);
  });
  afterEach(async () => world.close());

  const asked = async (): Promise<string> => {
    const { status, body } = await ada('POST', '/v1/rotations/checkout/approvals', { reason: 'leak' });
    expect(status).toBe(201);
    return String(body['id']);
  };

  it('starts no run on demand, and says how to ask for one', async () => {
    const { status, body, headers } = await ada('POST', '/v1/rotations/checkout/runs', {});
    expect({ status, code: body['code'] }).toEqual({ status: 409, code: 'approval_required' });
    expect(body['hint']).toContain('POST /v1/rotations/checkout/approvals');
    expect(headers.location).toBeUndefined();
    expect(await world.journal.list({ limit: 10 })).toEqual([]);
  });

  it('starts the run of whoever asked when another person allows it, and the run has both', async () => {
    const id = await asked();
    expect((await ada('GET', '/v1/rotations/checkout')).body).toMatchObject({
      approval: { required: true, pending: id },
    });
    const granted = await grace('POST', `/v1/approvals/${id}/approve`, { comment: 'seen it' });
    expect(granted).toMatchObject({ status: 200, body: { id, state: 'granted', comment: 'seen it' } });
    const run = await ada('GET', `/v1/runs/${String(granted.body['run'])}`);
    expect(run.body).toMatchObject({
      mode: 'rotate',
      trigger: {
        kind: 'api',
        reason: 'leak',
        by: expect.stringContaining('read rotate (') as unknown as string,
        approved: {
          approval: id,
          by: expect.stringContaining('read rotate approve (') as unknown as string,
          comment: 'seen it',
        },
      },
    });
  });

  it('is not rotated by the word of whoever asks', async () => {
    const own = await grace('POST', '/v1/rotations/checkout/approvals', { reason: 'leak' });
    const id = String(own.body['id']);
    const refused = await grace('POST', `/v1/approvals/${id}/approve`);
    expect(refused).toMatchObject({ status: 403, body: { code: 'own_request', approvalId: id } });
    expect(await world.journal.list({ limit: 10 })).toEqual([]);
  });

  it('has no run where it is refused, and says by whom and why', async () => {
    const id = await asked();
    const rejected = await grace('POST', `/v1/approvals/${id}/reject`, { reason: 'not on a Friday' });
    expect(rejected).toMatchObject({ status: 200, body: { state: 'rejected', comment: 'not on a Friday' } });
    const late = await grace('POST', `/v1/approvals/${id}/approve`);
    expect(late).toMatchObject({ status: 409, body: { code: 'approval_ended' } });
    expect(late.body['detail']).toContain('not on a Friday');
    const list = await ada('GET', '/v1/approvals?state=rejected');
    expect(list.body).toMatchObject({ approvals: [{ id }], next: null });
  });
});

type Client = (
  method: 'GET' | 'POST',
  url: string,
  body?: object,
  headers?: Record<string, string>,
) => ReturnType<ApiWorld['ask']>;

/** Somebody with a token of their own. */
async function clientOf(world: ApiWorld, grants: readonly string[]): Promise<Client> {
  const token = await world.tokenWith(grants);
  return async (method, url, body, headers = {}) =>
    world.ask(method, url, body, { authorization: `Bearer ${token}`, ...headers });
}
