import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import type { DuePolicy } from '../../src/rotation/schedule/policy.js';
import { Rotations } from '../../src/triggers/rotations.js';
import { aRun, refused } from '../contracts/journal.contract.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { DAY, HOUR, policy } from '../rotation/schedule/policies.js';

const byHand = { kind: 'api', reason: 'leak' } as const;

describe('the rotations of a config', () => {
  let journal: KyselyJournal;
  let clock: VirtualClock;

  beforeEach(async () => {
    clock = new VirtualClock(Date.UTC(2026, 10, 23, 12));
    journal = await KyselyJournal.open(openSqlite(':memory:', clock), clock);
  });
  afterEach(async () => journal.close());

  const declare = (due: DuePolicy): Rotations => {
    const { rotation: name, mode: _m, trigger: _t, ...template } = aRun();
    return new Rotations([{ name, labels: {}, due, template }], journal, clock);
  };
  const stateIn = async (rotations: Rotations): Promise<string | undefined> =>
    (await rotations.list(() => undefined))[0]?.state;

  it('are not rotated in a pause, by schedule or by hand, and say why', async () => {
    const rotations = declare(policy({ maxAgeMs: DAY }));
    await rotations.list(() => undefined);
    const until = clock.now() + 3 * DAY;
    const paused = await rotations.pause('checkout', { reason: 'audit week', until });
    expect(paused).toMatchObject({
      state: 'paused',
      pause: { reason: 'audit week', until: '2026-11-26T12:00:00.000Z' },
      nextDueAt: '2026-11-26T12:00:00.000Z',
    });
    clock.advance(2 * DAY);
    expect(await rotations.dueNow()).toEqual([]);
    await expect(rotations.start('checkout', 'rotate', byHand)).rejects.toMatchObject({
      code: 'paused',
      message: 'checkout is paused until 2026-11-26T12:00:00.000Z: audit week',
    });
    expect(await rotations.detail('checkout')).toMatchObject({ state: 'overdue', held: { by: 'pause' } });
  });

  it('can be adopted in a pause, since that sets no token', async () => {
    const rotations = declare(policy());
    await rotations.pause('checkout', { reason: 'audit week' });
    expect(await rotations.start('checkout', 'adopt', byHand)).toMatchObject({ mode: 'adopt' });
  });

  it('go on when the pause is over, or somebody ends it', async () => {
    const rotations = declare(policy({ maxAgeMs: DAY }));
    await rotations.list(() => undefined);
    await rotations.pause('checkout', { reason: 'audit week', until: clock.now() + 3 * DAY });
    clock.advance(3 * DAY);
    expect(await rotations.dueNow()).toMatchObject([{ due: { because: 'too_old' } }]);
    await rotations.pause('checkout', { reason: 'another week' });
    expect(await rotations.dueNow()).toEqual([]);
    expect(await rotations.resume('checkout', 'over')).toMatchObject({ state: 'overdue', pause: null });
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
