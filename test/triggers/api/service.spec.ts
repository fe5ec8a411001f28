import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ScheduleTrigger } from '../../../src/triggers/schedule.trigger.js';
import { packageVersion } from '../../../src/version.js';
import { ApiWorld } from '../api-world.js';

const DAY = 24 * 60 * 60_000;

describe('the service as a whole', () => {
  let world: ApiWorld;
  beforeEach(async () => {
    world = await ApiWorld.open({ others: { search: { env: 'staging' }, docs: { env: 'staging' } } });
  });
  afterEach(async () => world.close());

  const status = async (query = '', token = world.token) =>
    (await world.ask('GET', `/v1/status${query}`, undefined, { authorization: `Bearer ${token}` })).body;

  it('says which Rotor it is, what time it has, and when it last read its schedule', async () => {
    const now = new Date(world.clock.now()).toISOString();
    const about = { product: 'rotor', version: packageVersion(), node: process.versions.node };
    const first = await world.ask('GET', '/v1/info');
    expect(first.body).toEqual({ ...about, startedAt: now, now, lastTickAt: null });
    world.clock.advance(DAY);
    await world.app.get(ScheduleTrigger).tick();
    const later = await world.ask('GET', '/v1/info');
    const then = new Date(world.clock.now()).toISOString();
    expect(later.body).toMatchObject({ startedAt: now, now: then, lastTickAt: then });
  });

  it('counts its rotations by what they are at, the worst first, and names them', async () => {
    expect(await status()).toEqual({
      total: 3,
      worst: 'new',
      states: [{ state: 'new', count: 3, rotations: ['checkout', 'search', 'docs'] }],
    });
    world.clock.advance(31 * DAY);
    await world.ask('POST', '/v1/rotations/search/runs', { reason: 'leak' });
    expect(await status()).toEqual({
      total: 3,
      worst: 'overdue',
      states: [
        { state: 'overdue', count: 2, rotations: ['checkout', 'docs'] },
        { state: 'rotating', count: 1, rotations: ['search'] },
      ],
    });
    expect(await status('?selector=env%3Dprod')).toMatchObject({ total: 1, worst: 'overdue' });
    expect(await status('?selector=env%3Dnowhere')).toEqual({ total: 0, worst: null, states: [] });
  });

  it('counts only what the caller may see', async () => {
    const token = await world.tokenWith(['read[env=staging]']);
    expect(await status('', token)).toMatchObject({ total: 2 });
  });
});
