import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiWorld } from './api-world.js';

const HOUR = 60 * 60_000;

describe('a pause that is sent again with its Idempotency-Key', () => {
  let world: ApiWorld;
  beforeEach(async () => {
    world = await ApiWorld.open();
  });
  afterEach(async () => world.close());

  const send = async (what: 'pause' | 'resume', body: object, key?: string) =>
    world.ask(
      'POST',
      `/v1/rotations/checkout/${what}`,
      body,
      key === undefined ? {} : { 'idempotency-key': key },
    );
  const said = async () => (await world.dump()).acts.length;
  const isPaused = async () => (await world.ask('GET', '/v1/rotations/checkout')).body['pause'] !== null;

  it('gets the answer of the first, also after its end and after somebody has resumed, and pauses once', async () => {
    const until = new Date(world.clock.now() + HOUR).toISOString();
    const body = { reason: 'a freeze', until };
    const first = await send('pause', body, 'one');
    expect(first).toMatchObject({ status: 200, body: { pause: { reason: 'a freeze', until } } });
    expect(await said()).toBe(1);
    await send('resume', { reason: 'over' });
    world.clock.advance(2 * HOUR);
    const again = await send('pause', body, 'one');
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
    expect(await isPaused()).toBe(false);
    expect(await said()).toBe(2);
  });

  it('is refused where the key came with another body, another rotation or another thing to do', async () => {
    const body = { reason: 'a freeze' };
    await send('pause', body, 'one');
    const others = [
      await send('pause', { reason: 'another freeze' }, 'one'),
      await send('resume', body, 'one'),
      await world.ask('POST', '/v1/rotations/checkout/runs', body, { 'idempotency-key': 'one' }),
    ];
    for (const other of others)
      expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    expect(await said()).toBe(1);
    expect(await send('pause', body, '')).toMatchObject({ status: 400 });
  });

  it('is sent anew where the first was refused, or came without a key', async () => {
    const over = { reason: 'a freeze', until: new Date(world.clock.now() - 1).toISOString() };
    expect(await send('pause', over, 'one')).toMatchObject({ status: 400 });
    expect(await send('pause', { reason: 'a freeze' }, 'one')).toMatchObject({ status: 200 });
    await send('pause', { reason: 'a freeze' });
    await send('pause', { reason: 'a freeze' });
    expect(await said()).toBe(3);
  });

  it('is a resume likewise, also one that had nothing to resume', async () => {
    await send('pause', { reason: 'a freeze' });
    const first = await send('resume', { reason: 'over' }, 'one');
    await send('pause', { reason: 'another freeze' });
    expect((await send('resume', { reason: 'over' }, 'one')).body).toEqual(first.body);
    expect(await isPaused()).toBe(true);
    await send('resume', { reason: 'over' });
    const nothing = await send('resume', { reason: 'over' }, 'two');
    await send('pause', { reason: 'a third freeze' });
    expect((await send('resume', { reason: 'over' }, 'two')).body).toEqual(nothing.body);
    expect(await isPaused()).toBe(true);
  });
});
