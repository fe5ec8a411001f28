import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import { Meters } from '../../src/telemetry/meters.js';
import { RotationGauges } from '../../src/telemetry/rotation-gauges.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { DAY, policy } from '../rotation/schedule/policies.js';

describe('rotor_approvals_pending', () => {
  let clock: VirtualClock;
  let journal: KyselyJournal;

  beforeEach(async () => {
    clock = new VirtualClock();
    journal = await KyselyJournal.open(openSqlite(':memory:', clock), clock);
  });
  afterEach(async () => journal.close());

  it('shows what waits for somebody, of rotations alone that need an approval', async () => {
    const meters = new Meters();
    const approval = { approvers: [], expiresMs: DAY };
    const declared = [
      { name: 'checkout', due: policy({}), approval },
      { name: 'search', due: policy({}) },
    ];
    const gauges = new RotationGauges(meters, { declared, journal, clock });
    const shown = async () => {
      await gauges.refresh();
      const text = await meters.registry.metrics();
      return text.split('\n').filter((line) => line.startsWith('rotor_approvals_pending'));
    };
    const of = (value: number) => [`rotor_approvals_pending{rotation="checkout"} ${value}`];
    expect(await shown()).toEqual(of(0));
    const by = { id: 'token ada', name: 'ada' };
    const asked = { trigger: 'manual', by, reason: 'leak', expiresAt: clock.now() + DAY } as const;
    await journal.approvals.ask({ rotation: 'checkout', ...asked });
    await journal.approvals.ask({ rotation: 'search', ...asked });
    expect(await shown()).toEqual(of(1));
    clock.advance(DAY);
    expect(await shown()).toEqual(of(0));
  });
});
