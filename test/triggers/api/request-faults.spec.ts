import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { ApiWorld } from '../api-world.js';

describe('a request that the API refuses', () => {
  let world: ApiWorld;
  beforeEach(async () => {
    world = await ApiWorld.open();
  });
  afterEach(async () => world.close());

  const ask: ApiWorld['ask'] = async (...asked) => world.ask(...asked);

  it('says of a path that is asked with another method which it takes', async () => {
    const refused = await ask('DELETE', '/v1/rotations/checkout?token=secret');
    expect([refused.status, refused.headers['allow'], refused.body['code']]).toEqual([
      405,
      'GET, HEAD',
      'method_not_allowed',
    ]);
    expect(refused.body['detail']).toBe('/v1/rotations/checkout: found DELETE, expected GET or HEAD');
    const nowhere = await ask('DELETE', '/v1/rotations/checkout/nope');
    expect([nowhere.status, nowhere.headers['allow']]).toEqual([404, undefined]);
  });

  it('says of everything that is wrong with a request where that is', async () => {
    const wrong = { name: ' ', grants: ['read', 'read[env'], colour: 'red', expiresInDay: 1_000 };
    const { body } = await ask('POST', '/v1/tokens', wrong);
    const known = 'found an unknown key, expected one of: name, grants, expiresInDays.';
    expect(body['errors']).toEqual([
      {
        pointer: '#/name',
        detail: 'found an empty text, expected a text that is not empty.',
      },
      { pointer: '#/grants/1', detail: expect.stringContaining('rotate[env=prod]') },
      { pointer: '#/colour', detail: known },
      { pointer: '#/expiresInDay', detail: `${known} Did you mean expiresInDays?` },
    ]);
    const asked = await ask('GET', '/v1/runs?limt=3&limit=0&outcome=lost');
    expect(asked.body['errors']).toEqual([
      { parameter: 'outcome', detail: expect.stringMatching(/^found "lost", expected one of: succeeded/) },
      { parameter: 'limit', detail: 'found "0", expected at least 1.' },
      { parameter: 'limt', detail: expect.stringMatching(/one of: rotation, .* Did you mean limit\?$/) },
    ]);
    const long = await ask('POST', '/v1/rotations/checkout/pause', { reason: 'x'.repeat(3_000) });
    expect(long.body['detail']).toBe(
      'reason: found a text (3000 characters), expected at most 500 characters.',
    );
    const none = await ask('POST', '/v1/rotations/checkout/pause', {});
    expect(none.body['detail']).toBe('reason: found nothing, expected a text.');
    const missing = await ask('GET', '/v1/runs/run_0');
    expect(missing.body).not.toHaveProperty('errors');
  });

  it.each([
    ['where a fingerprint belongs', '/where', (token: string) => ({ fingerprint: token })],
    ['where one of several words belongs', '/runs', (token: string) => ({ mode: token })],
    ['where a member has its name', '/runs', (token: string) => ({ [token]: 'rotate' })],
    ['where a list belongs', '/redeliver', (token: string) => ({ targets: token })],
  ])('repeats no token that was pasted into a body, %s', async (_where, path, body) => {
    const token = randomBytes(32).toString('base64url');
    const refused = await ask('POST', `/v1/rotations/checkout${path}`, body(token));
    expect(refused.status).toBe(400);
    expect(JSON.stringify(refused.body)).not.toContain(token.slice(0, 12));
  });
});
