import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { claimedRun, pin, settled } from '../contracts/journal.contract.js';
import { ApiWorld } from './api-world.js';

describe('what is asked of one delivery and sent again with its Idempotency-Key', () => {
  let world: ApiWorld;
  beforeEach(async () => {
    world = await ApiWorld.open();
  });
  afterEach(async () => world.close());

  it('is answered with the run of the first, also after the end of that run, and nothing is asked twice', async () => {
    const { run, claim } = await claimedRun(world.journal);
    const web = { target: 'web', state: 'failed', fingerprint: pin.fingerprint, tries: 1 } as const;
    await world.journal.append(claim, { state: settled, deliveries: [web] });
    const send = async (what: string, reason: string, key: string) =>
      world.ask('POST', `/v1/runs/${run.id}/deliveries/web/${what}`, { reason }, { 'idempotency-key': key });
    const first = await send('retry', 'now', 'one');
    expect(first).toMatchObject({ status: 202, body: { id: run.id } });
    await world.journal.append(claim, { asked: null, note: 'it is tried again' });
    expect(await send('retry', 'now', 'one')).toMatchObject({ status: 202, body: first.body });
    expect(await send('ack', 'now', 'one')).toMatchObject({ body: { code: 'idempotency_key_reused' } });
    expect(await send('skip', 'now', '')).toMatchObject({ status: 400 });
    expect((await world.journal.entries(run.id)).filter((entry) => entry.asked)).toHaveLength(1);

    const detail = 'web is down';
    await world.journal.append(claim, {
      state: { state: 'ended', outcome: 'partial', reason: 'targets_failed', detail, current: pin },
    });
    const another = await send('ack', 'by hand', 'two');
    expect(another.body['id']).not.toBe(run.id);
    expect(await send('ack', 'by hand', 'two')).toMatchObject({ status: 202, body: another.body });
    expect(await world.journal.list({ limit: 10 })).toHaveLength(2);
  });
});
