import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Claim } from '../../src/journal/journal.js';
import { claimedRun, refused } from '../contracts/journal.contract.js';
import { until } from '../fakes/until.js';
import { ApiWorld } from './api-world.js';
import { eventsOf, type ServerSent } from './server-sent.js';

/** Over a real socket, since a stream is what is tested. */
describe('the events of a run', () => {
  let world: ApiWorld;
  let id: string;
  let claim: Claim;
  let address: string;

  beforeEach(async () => {
    world = await ApiWorld.open();
    await world.app.listen(0, '127.0.0.1');
    address = await world.app.getUrl();
    const { run, claim: claimed } = await claimedRun(world.journal);
    [id, claim] = [run.id, claimed];
  });
  afterEach(async () => world.close());

  const open = async (
    run: string,
    headers: Record<string, string> = {},
    signal = new AbortController().signal,
  ): Promise<Response> =>
    fetch(`${address}/v1/runs/${run}/events`, {
      headers: { authorization: `Bearer ${world.token}`, ...headers },
      signal,
    });
  const idsOf = (events: readonly ServerSent[]): (string | undefined)[] => events.map((event) => event.id);

  it('come as they happen, and end with the run', async () => {
    const response = await open(id);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const reader = eventsOf(response);
    expect((await reader.next()).value).toMatchObject({
      id: '1',
      type: 'entry',
      data: { state: 'preparing' },
    });
    await world.journal.append(claim, { note: 'looked' });
    expect((await reader.next()).value).toMatchObject({ id: '2', data: { seq: 2, note: 'looked' } });
    await world.journal.append(claim, { state: refused });
    expect((await reader.next()).value).toMatchObject({
      id: '3',
      data: { outcome: 'failed', reason: 'refused' },
    });
    expect((await reader.next()).done).toBe(true);
  });

  it('leave a reader that hears nothing new where it is', async () => {
    await world.journal.append(claim, { note: 'first' });
    await world.journal.append(claim, { note: 'second' });
    const reader = eventsOf(await open(id, { 'last-event-id': '3' }));
    expect((await reader.next()).value).toEqual({ id: '3', type: 'ping', data: {} });
    await reader.return(undefined);
  });

  it('go on after the last one that a reader has, who comes back', async () => {
    await world.journal.append(claim, { note: 'first' });
    await world.journal.append(claim, { note: 'second' });
    await world.journal.append(claim, { state: refused });
    const all = await Array.fromAsync(eventsOf(await open(id)));
    expect(idsOf(all)).toEqual(['1', '2', '3', '4']);
    const rest = await Array.fromAsync(eventsOf(await open(id, { 'last-event-id': '2' })));
    expect(idsOf(rest)).toEqual(['3', '4']);
    expect(await Array.fromAsync(eventsOf(await open(id, { 'last-event-id': '4' })))).toEqual([]);
  });

  it('are problems where there is no such run, no such event, and no token', async () => {
    const missing = await open('run_0');
    expect([missing.status, missing.headers.get('content-type')]).toEqual([
      404,
      expect.stringContaining('problem'),
    ]);
    expect((await open(id, { 'last-event-id': 'x' })).status).toBe(400);
    expect((await open(id, { authorization: 'Bearer no' })).status).toBe(401);
  });

  it('are let go of when the reader goes away', async () => {
    let waiting = 0;
    const wait = world.journal.waitForChange.bind(world.journal);
    world.journal.waitForChange = async (...args) => {
      waiting += 1;
      await wait(...args).finally(() => {
        waiting -= 1;
      });
    };
    const leave = new AbortController();
    const readers = await Promise.all(Array.from({ length: 20 }, async () => open(id, {}, leave.signal)));
    const first = await Promise.all(readers.map(async (response) => eventsOf(response).next()));
    expect(first.every(({ done }) => done === false)).toBe(true);
    await until('all of them wait', async () => waiting === 20);
    leave.abort();
    await until('none of them waits any more', async () => waiting === 0);
    expect(waiting).toBe(0);
  });
});
