import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import { Meters } from '../../src/telemetry/meters.js';
import { RotationGauges } from '../../src/telemetry/rotation-gauges.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { DAY, policy } from '../rotation/schedule/policies.js';

const HOUR = DAY / 24;
const ada = { id: 'token ada', name: 'ada' };
const grace = { id: 'token grace', name: 'grace' };
const approval = { approvers: [], expiresMs: DAY };

describe('what is measured of approvals', () => {
  let clock: VirtualClock;
  let journal: KyselyJournal;

  beforeEach(async () => {
    clock = new VirtualClock();
    journal = await KyselyJournal.open(openSqlite(':memory:', clock), clock);
  });
  afterEach(async () => journal.close());

  it('rotor_approvals_pending shows what waits for somebody, of rotations alone that need an approval', async () => {
    const meters = new Meters();
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
    const asked = { trigger: 'manual', by: ada, reason: 'leak', expiresAt: clock.now() + DAY } as const;
    await journal.approvals.ask({ rotation: 'checkout', ...asked });
    await journal.approvals.ask({ rotation: 'search', ...asked });
    expect(await shown()).toEqual(of(1));
    clock.advance(DAY);
    expect(await shown()).toEqual(of(0));
  });

  it('rotor_rotation_next_due_timestamp_seconds shows no start in the past that waits for a person', async () => {
    const meters = new Meters();
    const declared = [{ name: 'checkout', due: policy({ maxAgeMs: 30 * DAY }), approval }];
    const gauges = new RotationGauges(meters, { declared, journal, clock });
    const shown = async () => {
      await gauges.refresh();
      const text = await meters.registry.metrics();
      const lines = text.split('\n').filter((line) => line.startsWith('rotor_rotation_next_due_'));
      return lines.map((line) => Number(line.split(' ').at(-1)) * 1_000);
    };
    const ask = async () => {
      const asked = { trigger: 'schedule', by: ada, reason: 'due', expiresAt: clock.now() + DAY } as const;
      return (await journal.approvals.ask({ rotation: 'checkout', ...asked })).id;
    };
    await shown();
    clock.advance(30 * DAY);
    const due = clock.now();
    expect(await shown()).toEqual([due]);
    const refused = await ask();
    expect(await shown()).toEqual([]);
    await journal.approvals.reject(refused, { by: grace });
    expect(await shown()).toEqual([due + DAY]);
    clock.advance(DAY + HOUR);
    expect(await shown()).toEqual([due + DAY]);
    const granted = await ask();
    clock.advance(2 * HOUR);
    expect(await shown()).toEqual([]);
    await journal.approvals.grant(granted, { by: grace }, clock.now() + DAY);
    expect(await shown()).toEqual([clock.now()]);
  });
});
