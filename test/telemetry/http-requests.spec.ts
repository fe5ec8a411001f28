import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { until } from '../fakes/until.js';
import { ApiWorld } from '../triggers/api-world.js';

const NAME = 'http_server_request_duration_seconds_count';
const DAY = 24 * 60 * 60_000;

let world: ApiWorld;
beforeEach(async () => {
  world = await ApiWorld.open();
});
afterEach(async () => world.close());

const series = async (name: string): Promise<string[]> => {
  const headers = { authorization: `Bearer ${world.token}` };
  const { body } = await world.app.inject({ method: 'GET', url: '/metrics', headers });
  return body.split('\n').filter((line) => line.startsWith(`${name}{`));
};
const counted = (method: string, route: string, status: number, times: number): string =>
  `${NAME}{http_request_method="${method}",http_route="${route}",http_response_status_code="${status}"} ${times}`;

it('every request is timed by what it asks for and what was answered, whatever the names in its path are', async () => {
  await world.ask('GET', '/v1/rotations/checkout');
  await world.ask('GET', '/v1/rotations/nope');
  await world.ask('GET', '/v1/rotations/checkout', undefined, { authorization: 'Bearer no' });
  await world.ask('POST', '/v1/rotations/checkout/runs', { reason: 'leak' });
  await world.ask('GET', '/v1/what');
  const wanted = [
    counted('GET', '/v1/rotations/:name', 200, 1),
    counted('GET', '/v1/rotations/:name', 404, 1),
    counted('GET', '/v1/rotations/:name', 401, 1),
    counted('POST', '/v1/rotations/:name/runs', 202, 1),
    counted('GET', 'none', 404, 1),
  ];
  await until('all are counted', async () => (await series(NAME)).length >= wanted.length);
  expect(await series(NAME)).toEqual(expect.arrayContaining(wanted));
});

it('what lasts as long as the caller wishes is not', async () => {
  const { body } = await world.ask('POST', '/v1/rotations/checkout/runs');
  await world.ask('GET', `/v1/runs/${String(body['id'])}?wait=0s`);
  const headers = { authorization: `Bearer ${world.token}` };
  await world.app.inject({ method: 'GET', url: '/v1/events/stream?for=0s', headers });
  await world.ask('GET', `/v1/runs/${String(body['id'])}`);
  await until('the last is counted', async () => (await series(NAME)).some((line) => line.includes(':id')));
  expect((await series(NAME)).filter((line) => /:id|stream/.test(line))).toEqual([
    counted('GET', '/v1/runs/:id', 200, 1),
  ]);
});

it('the end of each API token is shown while it is in force', async () => {
  const name = 'rotor_api_token_expiration_timestamp_seconds';
  expect(await series(name)).toEqual([]);
  const [first, second] = [
    await world.tokenWith(['read']),
    await world.tokenWith(['pause'], { expiresInDays: 1 }),
  ];
  const [one, other] = [first, second].map((token) => token.split('_')[1] ?? '');
  const ends = (days: number): number => (world.clock.now() + days * DAY) / 1_000;
  expect((await series(name)).toSorted()).toEqual(
    [
      `${name}{token="${one}",name="read"} ${ends(90)}`,
      `${name}{token="${other}",name="pause"} ${ends(1)}`,
    ].toSorted(),
  );
  await world.ask('DELETE', `/v1/tokens/${one}`);
  expect(await series(name)).toHaveLength(1);
  world.clock.advance(DAY);
  expect(await series(name)).toEqual([]);
});
