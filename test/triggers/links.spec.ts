import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { badgeOf, svgOf } from '../../src/triggers/links/badge.js';
import { calendarOf } from '../../src/triggers/links/calendar.js';
import { ROTATION_STATES, type RotationState } from '../../src/triggers/rotation-states.js';
import type { Judged } from '../../src/triggers/severity.js';
import { ApiWorld } from './api-world.js';

const DAY = 24 * 60 * 60_000;

let world: ApiWorld;
beforeEach(async () => {
  world = await ApiWorld.open({ others: { search: { env: 'staging' } }, renewBeforeMs: 3 * DAY });
});
afterEach(async () => world.close());

const get = async (url: string, headers: Record<string, string> = {}) => {
  const { statusCode: status, headers: said, body } = await world.app.inject({ method: 'GET', url, headers });
  return { status, headers: said, body };
};
const badge = async (token: string, query = '') => get(`/v1/status/badge.svg?token=${token}${query}`);
const at = (state: RotationState): Judged => ({
  state,
  tokenSince: new Date(0).toISOString(),
  maxAgeMs: 30 * DAY,
  replacedBefore: null,
});
const titleOf = (svg: string): string => /<title>(.*)<\/title>/.exec(svg)?.[1] ?? '';

describe('the badge', () => {
  it('says up, late or down by the age of the tokens, the worst first', async () => {
    const token = await world.tokenWith(['badge']);
    const said = async (query?: string): Promise<string> => titleOf((await badge(token, query)).body);
    expect(await said()).toBe('rotor: up');
    world.clock.advance(28 * DAY);
    expect(await said()).toBe('rotor: 2 late');
    world.clock.advance(3 * DAY);
    expect(await said()).toBe('rotor: 2 down');
    expect(await said('&rotation=search')).toBe('search: down');
  });

  it('may be shown by other sites, is asked for again each time, and not sent again while it is the same', async () => {
    const token = await world.tokenWith(['badge']);
    const { status, headers } = await badge(token);
    expect({ status, headers }).toMatchObject({
      status: 200,
      headers: {
        'content-type': 'image/svg+xml; charset=utf-8',
        'cache-control': 'no-cache',
        'cross-origin-resource-policy': 'cross-origin',
      },
    });
    const url = `/v1/status/badge.svg?token=${token}`;
    expect(await get(url, { 'if-none-match': String(headers['etag']) })).toMatchObject({
      status: 304,
      body: '',
    });
  });

  it('shows what the labels of its token allow, and knows nothing of the others', async () => {
    const token = await world.tokenWith(['badge[env=staging]']);
    expect(titleOf((await badge(token)).body)).toBe('rotor: up');
    world.clock.advance(31 * DAY);
    expect(titleOf((await badge(token)).body)).toBe('rotor: down');
    expect(await badge(token, '&rotation=checkout')).toMatchObject({ status: 404 });
    expect((await badge(token, '&rotation=checkout')).body).toContain('declares search');
  });

  it('has a verdict for every state, as grave as the alert that tells of it', () => {
    const said = ROTATION_STATES.map((state) => [state, badgeOf('x', [at(state)], DAY).verdict]);
    expect(Object.fromEntries(said)).toEqual({
      fresh: 'up',
      new: 'up',
      rotating: 'up',
      due: 'late',
      paused: 'late',
      deliveries_paused: 'late',
      drifted: 'late',
      degraded: 'down',
      failed: 'down',
      overdue: 'down',
      stalled: 'down',
    });
  });

  it('says down of a token that is too old, while its run is under way too', () => {
    expect(badgeOf('x', [at('rotating')], 30 * DAY - 1).verdict).toBe('up');
    expect(badgeOf('x', [at('rotating')], 30 * DAY).verdict).toBe('down');
  });

  it('says unknown where there is no rotation to tell of', async () => {
    expect(titleOf((await badge(await world.tokenWith(['badge[env=nowhere]']))).body)).toBe('rotor: unknown');
  });

  it('puts no markup into the image', () => {
    expect(svgOf(badgeOf('<script>"&', [at('fresh')], DAY))).not.toMatch(/<script|"&"/);
  });
});

describe('a token in an address', () => {
  it('ends when it is revoked', async () => {
    const token = await world.tokenWith(['badge', 'calendar']);
    expect((await badge(token)).status).toBe(200);
    await world.ask('DELETE', `/v1/tokens/${token.split('_')[1]}`).catch(() => undefined);
    expect((await badge(token)).status).toBe(401);
  });

  it.each([
    ['that may do more', async () => world.tokenWith(['badge', 'read'])],
    ['that may do anything', async () => world.token],
    ['that is none', async () => 'rot_x'],
  ])('is refused %s', async (_, make) => {
    expect(await badge(await make())).toMatchObject({ status: 401 });
    expect(await get('/v1/status/badge.svg')).toMatchObject({ status: 401 });
  });

  it('opens nothing else, and is not looked at elsewhere', async () => {
    const token = await world.tokenWith(['badge']);
    expect(await get(`/v1/calendar.ics?token=${token}`)).toMatchObject({ status: 403 });
    expect(await get(`/v1/status?token=${token}`)).toMatchObject({ status: 401 });
    const authorization = `Bearer ${token}`;
    expect(await get('/v1/status', { authorization })).toMatchObject({ status: 403 });
    expect(await get('/v1/status/badge.svg', { authorization })).toMatchObject({ status: 200 });
  });

  it('is not to be guessed: an address that tries is slowed down', async () => {
    for (let tries = 0; tries < 60; tries += 1) await badge(`rot_guess${tries}`);
    const { status, headers } = await badge('rot_guess');
    expect(status).toBe(429);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  });
});

describe('the calendar', () => {
  const calendar = async (grant = 'calendar') =>
    get(`/v1/calendar.ics?token=${await world.tokenWith([grant])}`);
  const unfolded = (body: string): string[] => body.replaceAll('\r\n ', '').split('\r\n');

  it('has the next starts of every rotation, under ids that stay', async () => {
    const { headers, body } = await calendar();
    expect(headers).toMatchObject({
      'content-type': 'text/calendar; charset=utf-8',
      'cache-control': 'private, no-cache',
    });
    world.clock.advance(DAY);
    expect((await calendar()).body).toBe(body);
    const lines = unfolded(body);
    const ids = lines.filter((line) => line.startsWith('UID:'));
    expect(ids).toHaveLength(20);
    expect(new Set(ids).size).toBe(20);
    const first = new Date(world.clock.now() - DAY + 27 * DAY).toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
    expect(lines).toEqual(expect.arrayContaining([`DTSTART:${first}`, `UID:checkout-${first}@rotor`]));
    expect(unfolded((await calendar('calendar[env=staging]')).body).join('\n')).not.toContain('checkout');
  });

  it('is iCalendar: lines of 75 bytes that end in CR LF, whole characters, and escaped texts', () => {
    const name = `a,b;c\\${'ü€😀'.repeat(20)}`;
    const body = calendarOf([{ name, plannedAt: 0, starts: [DAY] }]);
    const lines = body.split('\r\n');
    expect(lines.at(-1)).toBe('');
    expect(body.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
    expect(body.isWellFormed()).toBe(true);
    expect(unfolded(body)).toEqual(
      expect.arrayContaining([
        `SUMMARY:Rotation of a\\,b\\;c\\\\${'ü€😀'.repeat(20)}`,
        'DTSTART:19700102T000000Z',
        'DTEND:19700102T001500Z',
      ]),
    );
  });
});
