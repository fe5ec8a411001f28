import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import type { DuePolicy } from '../../src/rotation/schedule/policy.js';
import type { Policy } from '../../src/rotation/policy.js';
import { Pauses } from '../../src/triggers/pauses.js';
import { Rotations } from '../../src/triggers/rotations.js';
import { aRun, refused } from '../contracts/journal.contract.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { DAY, HOUR, NO_LIMITS, policy } from '../rotation/schedule/policies.js';

const byHand = { kind: 'api', reason: 'leak' } as const;

describe('the rotations of a config', () => {
  let journal: KyselyJournal;
  let clock: VirtualClock;

  beforeEach(async () => {
    clock = new VirtualClock(Date.UTC(2026, 10, 23, 12));
    journal = await KyselyJournal.open(openSqlite(':memory:', clock), clock);
  });
  afterEach(async () => journal.close());

  const declare = (due: DuePolicy, strategy: Partial<Policy> = {}): Rotations => {
    const { rotation: name, mode: _m, trigger: _t, ...run } = aRun();
    const template = { ...run, policy: { ...run.policy, ...strategy } };
    return new Rotations(
      [
        {
          name,
          labels: {},
          due,
          upstream: 'cloud',
          targets: [{ name: 'web', type: 'file', wave: 1 }],
          basis: null,
          template,
        },
      ],
      journal,
      clock,
      NO_LIMITS,
    );
  };
  const pausesOf = (rotations: Rotations): Pauses => new Pauses(rotations, journal, clock);
  const stateIn = async (rotations: Rotations): Promise<string | undefined> =>
    (await rotations.list(() => undefined))[0]?.state;

  it('are not rotated in a pause, by schedule or by hand, and say why', async () => {
    const rotations = declare(policy({ maxAgeMs: DAY }));
    await rotations.list(() => undefined);
    const until = clock.now() + 3 * DAY;
    const paused = await pausesOf(rotations).pause('checkout', {
      by: 'the owner',
      reason: 'audit week',
      until,
    });
    expect(paused).toMatchObject({
      state: 'paused',
      pause: { reason: 'audit week', until: '2026-11-26T12:00:00.000Z' },
      nextDueAt: '2026-11-26T12:00:00.000Z',
    });
    clock.advance(2 * DAY);
    expect(await rotations.dueNow()).toEqual({ start: [], ask: [], waiting: 0 });
    await expect(rotations.start('checkout', 'rotate', byHand)).rejects.toMatchObject({
      code: 'paused',
      message: 'checkout is paused until 2026-11-26T12:00:00.000Z: audit week',
    });
    expect(await rotations.detail('checkout')).toMatchObject({ state: 'overdue', held: { by: 'pause' } });
  });

  it('wait for nothing in an emergency, which is noted with all that it has skipped', async () => {
    const blackouts = [{ from: clock.now(), to: clock.now() + DAY, reason: 'freeze' }];
    const nightly = policy({ cron: '30 2 * * *', windowMs: 2 * HOUR, blackouts });
    const waves = [{ name: 'canary' }, { percent: 25 }];
    const rotations = declare(nightly, { waves, soakMs: 120_000, onTargetFailure: 'pause' });
    await rotations.list(() => undefined);
    await pausesOf(rotations).pause('checkout', { by: 'the owner', reason: 'audit week' });
    const skipped = [
      'the pause: audit week',
      'the blackout until 2026-11-24T12:00:00.000Z: freeze',
      'the window, which is closed until 2026-11-24T02:30:00.000Z',
      'the waves (canary, 25%): no target waits for another',
      'the soak of 120 s after each wave',
      'onTargetFailure: pause, so that one that fails keeps no other from the token',
    ];
    expect(await rotations.detail('checkout')).toMatchObject({
      skippedInEmergency: skipped,
      outOfSchedule: [
        'in the blackout until 2026-11-24T12:00:00.000Z: freeze',
        'outside of the window, which is closed until 2026-11-24T02:30:00.000Z',
      ],
    });
    const run = await rotations.start('checkout', 'emergency', { ...byHand, by: 'ada' });
    expect(run).toMatchObject({ mode: 'rotate', trigger: { reason: 'leak', emergency: skipped } });
    expect(Object.keys(run.policy)).toEqual(Object.keys(aRun().policy));
    const [opened] = await journal.entries(run.id);
    expect(opened?.note).toBe(`an emergency, for ada (leak); skipped: ${skipped.join('; ')}`);
    expect(await journal.verify()).toMatchObject({ faults: [] });
    expect(await rotations.detail('checkout')).toMatchObject({ pause: { reason: 'audit week' } });
  });

  it('skip nothing in an emergency where nothing stands in its way', async () => {
    const rotations = declare(policy({ maxAgeMs: 30 * DAY }));
    const run = await rotations.start('checkout', 'emergency', byHand);
    expect(run.trigger.emergency).toEqual([]);
    const [opened] = await journal.entries(run.id);
    expect(opened?.note).toContain('there was nothing to skip');
  });

  it('keep the pause that they have where another one is to end in the past', async () => {
    const rotations = declare(policy());
    await pausesOf(rotations).pause('checkout', { by: 'the owner', reason: 'freeze' });
    const past = pausesOf(rotations).pause('checkout', {
      by: 'the owner',
      reason: 'oops',
      until: clock.now(),
    });
    await expect(past).rejects.toMatchObject({ code: 'request_invalid' });
    expect(await rotations.detail('checkout')).toMatchObject({ pause: { reason: 'freeze', until: null } });
  });

  it('can be adopted in a pause, since that sets no token', async () => {
    const rotations = declare(policy());
    await pausesOf(rotations).pause('checkout', { by: 'the owner', reason: 'audit week' });
    expect(await rotations.start('checkout', 'adopt', byHand)).toMatchObject({ mode: 'adopt' });
  });

  it('go on when the pause is over, or somebody ends it', async () => {
    const rotations = declare(policy({ maxAgeMs: DAY }));
    await rotations.list(() => undefined);
    await pausesOf(rotations).pause('checkout', {
      by: 'the owner',
      reason: 'audit week',
      until: clock.now() + 3 * DAY,
    });
    clock.advance(3 * DAY);
    expect(await rotations.dueNow()).toMatchObject({ start: [{ due: { because: 'too_old' } }] });
    await pausesOf(rotations).pause('checkout', { by: 'the owner', reason: 'another week' });
    expect(await rotations.dueNow()).toEqual({ start: [], ask: [], waiting: 0 });
    expect(await pausesOf(rotations).resume('checkout', { by: 'the owner', reason: 'over' })).toMatchObject({
      state: 'overdue',
      pause: null,
    });
    await rotations.start('checkout', 'rotate', byHand);
  });

  it('are overdue whatever became of their last run', async () => {
    const rotations = declare(policy({ maxAgeMs: DAY }));
    expect(await stateIn(rotations)).toBe('new');
    clock.advance(DAY);
    const run = await rotations.start('checkout', 'rotate', byHand);
    const claim = await journal.claim();
    if (claim?.runId !== run.id) throw new Error('nothing was claimed');
    await journal.append(claim, { state: refused });
    expect(await rotations.detail('checkout')).toMatchObject({
      state: 'overdue',
      held: { by: 'back_off', until: '2026-11-24T12:01:00.000Z' },
      lastRun: { outcome: 'failed' },
    });
  });

  it('tell what holds a run back that is due, and when the next ones start', async () => {
    const blackouts = [{ from: clock.now(), to: clock.now() + 2 * DAY, reason: 'freeze' }];
    const nightly = policy({ cron: '30 2 * * *', timezone: 'Europe/Berlin', windowMs: 2 * HOUR, blackouts });
    const rotations = declare(nightly);
    await rotations.list(() => undefined);
    clock.advance(DAY);
    expect(await rotations.detail('checkout')).toMatchObject({
      state: 'due',
      held: { by: 'blackout', until: '2026-11-25T12:00:00.000Z', reason: 'freeze' },
      timezone: 'Europe/Berlin',
      schedule: {
        cron: '30 2 * * *',
        windowMs: 2 * HOUR,
        jitterMs: 0,
        catchUp: 'next-window',
        blackouts: [{ from: '2026-11-23T12:00:00.000Z', to: '2026-11-25T12:00:00.000Z', reason: 'freeze' }],
      },
      targets: [{ name: 'web', type: 'file', wave: 1 }],
      nextStarts: [
        '2026-11-26T02:30:00+01:00',
        '2026-11-27T02:30:00+01:00',
        '2026-11-28T02:30:00+01:00',
        '2026-11-29T02:30:00+01:00',
        '2026-11-30T02:30:00+01:00',
      ],
    });
  });
});
