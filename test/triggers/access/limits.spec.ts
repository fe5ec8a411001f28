import { afterEach, describe, expect, it } from '@jest/globals';
import { ApiWorld } from '../api-world.js';

describe('the limits of the API', () => {
  let world: ApiWorld;
  afterEach(async () => world.close());

  it('refuse whoever asks too often, say when to come back, and hold up nobody else', async () => {
    world = await ApiWorld.open({ perMinute: 3 });
    const other = await world.tokenWith(['read']);
    const ask = async () => world.ask('GET', '/v1/rotations');
    const [first, second] = [await ask(), await ask()];
    expect([first.status, second.status]).toEqual([200, 200]);
    // One was for the token of the other.
    expect(first.headers).toMatchObject({
      'ratelimit-policy': '"caller";q=3;w=60',
      ratelimit: expect.stringMatching(/^"caller";r=1;t=\d+$/),
    });
    const refused = await ask();
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    expect(refused.headers['ratelimit']).toMatch(/^"caller";r=0;t=\d+$/);
    expect(refused.body['detail']).toBe(
      'the owner has sent 3 requests within a minute, and that is the limit',
    );
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    const theirs = await world.ask('GET', '/v1/rotations', undefined, { authorization: `Bearer ${other}` });
    expect(theirs.status).toBe(200);
  });

  it('slow down whoever guesses tokens, and not the one who has one', async () => {
    world = await ApiWorld.open();
    const guess = async () =>
      world.app.inject({ method: 'GET', url: '/v1/rotations', headers: { authorization: 'Bearer guess' } });
    const statuses = new Set<number>();
    for (let times = 0; times < 61; times += 1) statuses.add((await guess()).statusCode);
    expect([...statuses]).toEqual([401, 429]);
    expect((await world.ask('GET', '/v1/rotations')).status).toBe(200);
  });

  it('refuse a header section that is too long before anything of it is looked at', async () => {
    world = await ApiWorld.open();
    await world.app.listen(0, '127.0.0.1');
    const asked = async (length: number) => {
      const headers = { authorization: `Bearer ${world.token}`, 'x-long': 'a'.repeat(length) };
      return (await fetch(new URL('/v1/rotations', await world.app.getUrl()), { headers })).status;
    };
    expect([await asked(15 * 1024), await asked(16 * 1024)]).toEqual([200, 431]);
  });

  it('let a browser that is led here run nothing and frame nothing', async () => {
    world = await ApiWorld.open();
    const { headers } = await world.ask('GET', '/v1/rotations');
    expect(headers).toMatchObject({
      'content-security-policy':
        "default-src 'none';frame-ancestors 'none';base-uri 'none';form-action 'none'",
      'x-content-type-options': 'nosniff',
    });
  });
});
