import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import type { Limits } from '../../src/rotation/schedule/limits.js';
import type { RunState } from '../../src/rotation/run.js';
import { Meters } from '../../src/telemetry/meters.js';
import { Rotations } from '../../src/triggers/rotations.js';
import { ScheduleTrigger } from '../../src/triggers/schedule.trigger.js';
import { aRun, pin, refused } from '../contracts/journal.contract.js';
import { ALL_BUT_TIMEOUTS } from '../fakes/timeouts.js';
import { until as eventually } from '../fakes/until.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { DAY, HOUR, NO_LIMITS, policy } from '../rotation/schedule/policies.js';

const stalledState: RunState = {
  state: 'promoting',
  aim: { goal: 'candidate', wanted: pin, own: [], expected: pin.version },
  tries: 1,
  oldStillAccepted: false,
  stalled: { reason: 'upstream_unreachable', detail: 'the cloud does not answer', since: 0 },
};
const byHand = { kind: 'api', reason: 'leak' } as const;

describe('many rotations that are due at one time', () => {
  const LIMITS: Limits = { runsAtOnce: 3, startsPerMinute: 5 };
  let journal: KyselyJournal;
  let clock: VirtualClock;
  let rotations: Rotations;

  beforeEach(async () => {
    clock = new VirtualClock(Date.UTC(2026, 10, 23, 12));
    journal = await KyselyJournal.open(openSqlite(':memory:', clock), clock);
    rotations = declared(LIMITS);
    await rotations.list(() => undefined);
    clock.advance(DAY);
  });
  afterEach(async () => journal.close());

  const declared = (limits: Limits, count = 10): Rotations => {
    const { rotation: _r, mode: _m, trigger: _t, ...template } = aRun();
    const all = Array.from({ length: count }, (_, index) => ({
      name: `app-${index}`,
      labels: {},
      upstream: index === 9 ? 'kibana' : 'cloud',
      targets: [],
      // The later in the list, the longer due.
      due: policy({ maxAgeMs: (20 - index) * HOUR }),
      basis: null,
      template: { ...template, storeKey: `store:${index}` },
    }));
    return new Rotations(all, journal, clock, limits);
  };

  const dueNow = async (): Promise<string[]> => (await rotations.dueNow()).start.map(({ name }) => name);
  const startAll = async (): Promise<void> => {
    for (const { name, lastKnown } of (await rotations.dueNow()).start)
      await rotations.start(name, 'rotate', { kind: 'schedule', reason: 'too_old' }, { lastKnown });
  };
  const moveAll = async (state: RunState): Promise<void> => {
    for (let claim = await journal.claim(); claim; claim = await journal.claim())
      await journal.append(claim, { state });
  };

  it('start as many as the upstream has room for, the longest due first, and each upstream for itself', async () => {
    expect(await dueNow()).toEqual(['app-9', 'app-8', 'app-7', 'app-6']);
    await startAll();
    expect(await dueNow()).toEqual([]);
  });

  it('begin three at a look where there is room for all, so that they do not wait for each other at every step', async () => {
    rotations = declared(NO_LIMITS);
    const looks: string[][] = [];
    for (let look = 1; look <= 3; look += 1) {
      looks.push(await dueNow());
      await startAll();
    }
    expect(looks).toEqual([
      ['app-9', 'app-8', 'app-7', 'app-6'],
      ['app-5', 'app-4', 'app-3'],
      ['app-2', 'app-1', 'app-0'],
    ]);
  });

  it('ask the journal for no load where nothing is due', async () => {
    await rotations.dueNow();
    const asked = jest.spyOn(journal, 'startedSince');
    expect((await rotations.dueNow()).start).not.toEqual([]);
    expect(asked).toHaveBeenCalledTimes(1);
    rotations.use([], NO_LIMITS);
    expect(await rotations.dueNow()).toEqual({ start: [], ask: [], waiting: 0 });
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it('start no more within a minute, however quickly the ones before them end', async () => {
    await startAll();
    await moveAll(refused);
    expect(await dueNow()).toEqual(['app-5', 'app-4']);
    await startAll();
    await moveAll(refused);
    expect(await dueNow()).toEqual([]);
    clock.advance(60_001);
    expect(await dueNow()).toHaveLength(4);
  });

  it('do not wait for one that is stalled', async () => {
    await startAll();
    clock.advance(60_001);
    await moveAll(stalledState);
    expect(await dueNow()).toEqual(['app-5', 'app-4', 'app-3']);
  });

  it('do not make a person wait who asks for a run', async () => {
    await startAll();
    expect(await rotations.start('app-0', 'rotate', byHand)).toMatchObject({ rotation: 'app-0' });
  });

  describe('whose upstream has no room', () => {
    beforeEach(() => void jest.useFakeTimers({ doNotFake: [...ALL_BUT_TIMEOUTS] }));
    afterEach(() => void jest.useRealTimers());

    const tick = async (): Promise<ScheduleTrigger> => {
      const trigger = new ScheduleTrigger(rotations, pino({ level: 'silent' }), new Meters(), clock, journal);
      await trigger.tick();
      return trigger;
    };
    const underWay = async (): Promise<number> => (await journal.active()).size;

    it('start half a second after one before them has ended, without waiting for the next tick', async () => {
      const trigger = await tick();
      expect(await underWay()).toBe(4);
      await moveAll(refused);
      clock.advance(60_001);
      await jest.advanceTimersByTimeAsync(500);
      await eventually(
        'as many more have started as there is room for',
        async () => (await underWay()) === 3,
      );
      trigger.beforeApplicationShutdown();
    });

    it('are not looked for once the service stops', async () => {
      const trigger = await tick();
      trigger.beforeApplicationShutdown();
      expect(jest.getTimerCount()).toBe(0);
    });

    it('are not looked for when nobody is held back', async () => {
      rotations = declared(NO_LIMITS, 3);
      await tick();
      expect(await underWay()).toBe(3);
      expect(jest.getTimerCount()).toBe(0);
    });
  });
});
