import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Claim } from '../../src/journal/journal.js';
import { aRun, claimedRun, refused } from '../contracts/journal.contract.js';
import { ApiWorld } from './api-world.js';
import { eventsOf, type ServerSent } from './server-sent.js';

type Shown = { rotation: string; run: string | null; seq: number; note?: string };

describe('the events of all runs', () => {
  let world: ApiWorld;
  let claim: Claim;

  beforeEach(async () => {
    world = await ApiWorld.open({ others: { search: { env: 'staging' } } });
    ({ claim } = await claimedRun(world.journal));
    world.clock.advance(1_000);
    await world.journal.open(aRun({ rotation: 'search', storeKey: 'search' }));
  });
  afterEach(async () => world.close());

  const list = async (query = '', token?: string) => {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const { status, body, headers: said } = await world.ask('GET', `/v1/events${query}`, undefined, headers);
    return {
      status,
      link: said['link'],
      shown: (body['events'] ?? []) as Shown[],
      next: String(body['next']),
      more: body['more'],
    };
  };
  const rotationsIn = (shown: readonly Shown[]) => shown.map(({ rotation }) => rotation);

  it('are what the entries say, with who has started a run and why one has ended', async () => {
    world.clock.advance(1_000);
    await world.ask('POST', '/v1/rotations/search/pause', { reason: 'freeze' });
    world.clock.advance(1_000);
    await world.journal.append(claim, { note: 'looked' });
    await world.journal.append(claim, { state: refused });
    const { shown, more } = await list();
    expect(more).toBe(false);
    expect(shown).toMatchObject([
      { rotation: 'checkout', seq: 1, opened: { mode: 'rotate', by: 'api' }, state: 'preparing' },
      { rotation: 'search', seq: 1, opened: { mode: 'rotate' } },
      {
        rotation: 'search',
        run: null,
        said: { what: 'pause', reason: 'freeze', by: 'the owner', until: null },
      },
      { rotation: 'checkout', seq: 2, note: 'looked' },
      { rotation: 'checkout', seq: 3, outcome: 'failed', reason: 'refused', detail: 'no' },
    ]);
  });

  it('come in pages, and what was not there yet comes after the last one', async () => {
    const first = await list('?limit=1');
    expect(first).toMatchObject({ more: true, shown: [{ rotation: 'checkout' }] });
    expect(first.link).toBe(`</v1/events?limit=1&after=${first.next}>; rel="next"`);
    const second = await list(`?after=${first.next}`);
    expect(second).toMatchObject({ more: false, link: undefined, shown: [{ rotation: 'search' }] });
    const waiting = list(`?after=${second.next}&wait=30s`);
    await world.journal.append(claim, { note: 'news' });
    expect((await waiting).shown).toMatchObject([{ note: 'news' }]);
    expect((await list('?after=now')).shown).toEqual([]);
  });

  it('are those of a rotation, of labels, since a moment', async () => {
    expect(rotationsIn((await list('?rotation=search')).shown)).toEqual(['search']);
    expect(rotationsIn((await list('?selector=env=prod')).shown)).toEqual(['checkout']);
    world.clock.advance(2 * 60 * 60_000);
    expect((await list()).shown).toEqual([]);
    expect((await list('?since=2000-01-01T00:00:00Z')).shown).toHaveLength(2);
  });

  it('are only those that the caller may see', async () => {
    const token = await world.tokenWith(['read[env=staging]']);
    expect(rotationsIn((await list('', token)).shown)).toEqual(['search']);
    expect((await list('?rotation=checkout', token)).shown).toEqual([]);
    await world.ask('POST', '/v1/tokens', { name: 'unseen', grants: ['read'] });
    expect((await list('?since=2000-01-01T00:00:00Z')).shown.every(({ rotation }) => rotation !== '')).toBe(
      true,
    );
  });

  it.each([['after=x'], ['after=1.2.3'], ['since=yesterday'], ['limit=0'], ['wait=long'], ['selector=prod']])(
    'are a problem where the question is none: %s',
    async (query) => {
      expect((await list(`?${query}`)).status).toBe(400);
    },
  );

  describe('as a stream', () => {
    let address: string;
    beforeEach(async () => {
      await world.app.listen(0, '127.0.0.1');
      address = await world.app.getUrl();
    });
    const open = async (query = '', headers: Record<string, string> = {}): Promise<Response> =>
      fetch(`${address}/v1/events/stream${query}`, {
        headers: { authorization: `Bearer ${world.token}`, ...headers },
      });

    it('come as they happen, and go on for who comes back', async () => {
      const reader = eventsOf(await open('?since=2000-01-01T00:00:00Z'));
      const first = (await reader.next()).value as ServerSent;
      expect(first).toMatchObject({ type: 'event', data: { rotation: 'checkout', seq: 1 } });
      expect((await reader.next()).value).toMatchObject({ data: { rotation: 'search' } });
      world.clock.advance(1_000);
      await world.journal.append(claim, { note: 'looked' });
      expect((await reader.next()).value).toMatchObject({ data: { note: 'looked' } });
      await reader.return(undefined);
      const again = eventsOf(await open('?for=0s', { 'last-event-id': String(first.id) }));
      const rest = await Array.fromAsync(again);
      expect(rest.map(({ data }) => data)).toMatchObject([{ rotation: 'search' }, { note: 'looked' }]);
    });

    it('leave a reader that hears nothing new at a place from which it can go on', async () => {
      const reader = eventsOf(await open());
      const quiet = (await reader.next()).value as ServerSent;
      expect(quiet.type).toBe('ping');
      await reader.return(undefined);
      await world.journal.append(claim, { note: 'looked' });
      const again = eventsOf(await open('?for=0s', { 'last-event-id': String(quiet.id) }));
      expect(await Array.fromAsync(again)).toMatchObject([{ type: 'event', data: { note: 'looked' } }]);
    });

    it('begin with what comes, and end when their time is over', async () => {
      expect(await Array.fromAsync(eventsOf(await open('?for=0s')))).toEqual([]);
      expect((await open('', { 'last-event-id': 'x' })).status).toBe(400);
      expect((await open('', { authorization: 'Bearer no' })).status).toBe(401);
    });
  });
});
