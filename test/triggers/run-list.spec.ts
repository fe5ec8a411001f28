import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { aRun } from '../contracts/journal.contract.js';
import { ApiWorld } from './api-world.js';

describe('the list of runs', () => {
  let world: ApiWorld;
  beforeEach(async () => {
    world = await ApiWorld.open();
  });
  afterEach(async () => world.close());

  const get = async (url: string) => world.ask('GET', url);

  it('lists the newest runs first, of all rotations or of one', async () => {
    const opened = [];
    for (const rotation of ['checkout', 'search', 'billing']) {
      opened.push(await world.journal.open(aRun({ rotation, storeKey: rotation })));
      world.clock.advance(1);
    }
    const idsOf = async (query: string): Promise<string[]> => {
      const { body } = await get(`/v1/runs${query}`);
      return (body['runs'] as { id: string }[]).map(({ id }) => id);
    };
    const [first, second, third] = opened.map(({ id }) => id);
    expect(await idsOf('')).toEqual([third, second, first]);
    expect(await idsOf('?rotation=search')).toEqual([second]);
    expect(await idsOf('?rotation=nope')).toEqual([]);
    expect(await idsOf('?limit=2')).toEqual([third, second]);
  });

  it('lists runs page by page, and what is opened meanwhile moves none', async () => {
    const opened = [];
    for (let index = 0; index < 5; index += 1) {
      // Two of them in one millisecond.
      if (index !== 3) world.clock.advance(1);
      opened.push(
        (await world.journal.open(aRun({ rotation: `app-${index}`, storeKey: `store:${index}` }))).id,
      );
    }
    const seen: string[] = [];
    let where: string | null = '/v1/runs?limit=2';
    while (where !== null) {
      const { headers, body } = await get(where);
      seen.push(...(body['runs'] as { id: string }[]).map(({ id }) => id));
      const next = body['next'] as string | null;
      expect(headers['link']).toBe(next === null ? undefined : `<${next}>; rel="next"`);
      world.clock.advance(1);
      await world.journal.open(aRun({ rotation: `late-${seen.length}`, storeKey: `late:${seen.length}` }));
      where = next;
    }
    expect(seen.toSorted()).toEqual(opened.toSorted());
    expect(seen[0]).toBe(opened[4]);
  });

  it('lists the runs since a moment, and refuses what is no moment and no cursor', async () => {
    await world.journal.open(aRun());
    world.clock.advance(60_000);
    const since = new Date(world.clock.now()).toISOString();
    const late = await world.journal.open(aRun({ rotation: 'late', storeKey: 'late' }));
    expect((await get(`/v1/runs?since=${since}`)).body).toMatchObject({
      runs: [{ id: late.id }],
      next: null,
    });
    for (const query of ['since=yesterday', 'cursor=nonsense', 'limit=0', 'limit=201'])
      expect(await get(`/v1/runs?${query}`)).toMatchObject({
        status: 400,
        body: { code: 'request_invalid' },
      });
  });
});
