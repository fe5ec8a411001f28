import { expect, it } from '@jest/globals';
import type { Delivery } from '../../../src/rotation/delivery.js';
import type { Fingerprint } from '../../../src/rotation/secret.js';
import type { Report } from '../../../src/triggers/report/report.js';
import type { VersionId } from '../../../src/stores/store.js';
import { claimedRun } from '../../contracts/journal.contract.js';
import { ApiWorld } from '../api-world.js';

const fingerprint = '0a1b2c3d' as Fingerprint;
const current = { version: 'v1' as VersionId, fingerprint };
const delivery = (target: string, state: Delivery['state'], more: Partial<Delivery> = {}): Delivery => ({
  target,
  state,
  fingerprint,
  tries: 0,
  ...more,
});

it('a report tells whose word a delivery stands on, when it was said and what; not where it was seen', async () => {
  const world = await ApiWorld.open();
  try {
    await world.journal.histories(['checkout']);
    const at = world.clock.now();
    const word = { reason: '4.2 is in the shops', by: 'ada', at };
    const { run, claim } = await claimedRun(world.journal, {});
    const deliveries = [
      delivery('app', 'assumed', { acknowledged: word }),
      delivery('web', 'converged', { acknowledged: word }),
      delivery('hosts', 'assumed'),
      delivery('edge', 'skipped', { leftOut: { reason: 'it is switched off' } }),
      delivery('jobs', 'skipped', { detail: 'not begun' }),
    ];
    const state = { state: 'settled', current, oldStillAccepted: false } as const;
    await world.journal.append(claim, { state, deliveries });
    const time = (ms: number): string => new Date(ms).toISOString();
    const period = `from=${time(at - 1_000)}&to=${time(at + 60_000)}`;
    const { body } = await world.ask('GET', `/v1/report?${period}`);
    expect((body as unknown as Report).rotations[0]?.byWord).toEqual({
      count: 2,
      deliveries: [
        { run: run.id, target: 'app', said: 'has_the_token', by: 'ada', at: time(at), reason: word.reason },
        { run: run.id, target: 'edge', said: 'left_out', by: null, at: null, reason: 'it is switched off' },
      ],
    });
  } finally {
    await world.close();
  }
});

it('a report counts all that stands on a word, also what it has no room to name', async () => {
  const world = await ApiWorld.open();
  try {
    await world.journal.histories(['checkout']);
    const at = world.clock.now();
    const acknowledged = { reason: '4.2 is in the shops', by: 'ada', at };
    const { claim } = await claimedRun(world.journal, {});
    const deliveries = Array.from({ length: 53 }, (_, index) =>
      delivery(`app-${index}`, 'assumed', { acknowledged }),
    );
    const state = { state: 'settled', current, oldStillAccepted: false } as const;
    await world.journal.append(claim, { state, deliveries });
    const [from, to] = [at - 1_000, at + 60_000].map((ms) => new Date(ms).toISOString());
    const { body } = await world.ask('GET', `/v1/report?from=${from}&to=${to}`);
    const byWord = (body as unknown as Report).rotations[0]?.byWord;
    expect([byWord?.count, byWord?.deliveries.length]).toEqual([53, 50]);
  } finally {
    await world.close();
  }
});
