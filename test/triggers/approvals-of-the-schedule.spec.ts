import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LapseTrigger } from '../../src/triggers/approvals/lapse.trigger.js';
import { Rotations } from '../../src/triggers/rotations.js';
import { ScheduleTrigger } from '../../src/triggers/schedule.trigger.js';
import { refused as gaveUp } from '../contracts/journal.contract.js';
import { ApiWorld } from './api-world.js';
import { askedBy, clientOf, HOUR, type Client } from './approval-clients.js';

const DAY = 24 * HOUR;

describe('the schedule of a rotation each new token of which somebody has to allow', () => {
  let world: ApiWorld;
  let grace: Client;

  beforeEach(async () => {
    world = await ApiWorld.open({ approval: { approvers: [], expiresMs: 4 * HOUR } });
    grace = await clientOf(world, 'grace', ['read', 'rotate', 'approve', 'pause']);
    await world.app.get(Rotations).dueNow();
    world.clock.advance(30 * DAY);
  });
  afterEach(async () => world.close());

  const tick = async (): Promise<void> => {
    await world.app.get(LapseTrigger).tick();
    await world.app.get(ScheduleTrigger).tick();
  };
  const started = async () => world.journal.list({ limit: 10 });
  const approvals = async () => {
    const { body } = await grace('GET', '/v1/approvals');
    return body['approvals'] as { id: string; state: string; run: string | null }[];
  };
  const newest = async (): Promise<string> => String((await approvals())[0]?.id);
  const decide = async (what: 'approve' | 'reject') =>
    grace('POST', `/v1/approvals/${await newest()}/${what}`, what === 'reject' ? { reason: 'no' } : {});
  const told = async () =>
    (await world.journal.notifications.list({ limit: 100 })).map(({ name }) => name).toReversed();

  it('asks once in place of starting, as nobody whom a person could be', async () => {
    await tick();
    await tick();
    expect(await started()).toEqual([]);
    expect(await approvals()).toMatchObject([
      {
        state: 'pending',
        rotation: 'checkout',
        trigger: 'schedule',
        requestedBy: 'schedule',
        reason: 'due (too_old)',
        planDigest: null,
      },
    ]);
    expect(await told()).toEqual(['approval.requested']);
  });

  it('starts with the next tick after somebody has allowed it, once, and the run tells who', async () => {
    await tick();
    const granted = await decide('approve');
    expect(granted).toMatchObject({ status: 200, body: { state: 'granted', run: null } });
    expect(await started()).toEqual([]);
    await tick();
    const [run] = await started();
    expect(run?.trigger).toMatchObject({
      kind: 'schedule',
      reason: 'too_old',
      approved: { approval: granted.body['id'], by: expect.stringContaining('grace') as unknown },
    });
    expect(await approvals()).toMatchObject([{ state: 'granted', run: run?.id }]);
    await tick();
    expect(await started()).toHaveLength(1);
  });

  it('tells whoever decides too late of what was granted before that the schedule starts its run', async () => {
    await tick();
    await decide('approve');
    const late = await world.ask('POST', `/v1/approvals/${await newest()}/approve`);
    expect(late).toMatchObject({ status: 409, body: { code: 'approval_ended' } });
    expect(late.body['hint']).toBe('The schedule starts its run; see when: `rotor plan checkout`.');
  });

  it('asks anew for the next run, where the one that was allowed has come to nothing', async () => {
    await tick();
    await decide('approve');
    await tick();
    const claim = await world.journal.claim();
    if (!claim) throw new Error('nothing was claimed');
    await world.journal.append(claim, { state: gaveUp });
    world.clock.advance(HOUR);
    await tick();
    expect(await started()).toHaveLength(1);
    expect(await approvals()).toMatchObject([{ state: 'pending' }, { state: 'granted' }]);
  });

  it.each([
    ['somebody has refused it', async () => decide('reject')],
    ['nobody has decided', async () => undefined],
  ])('asks again a day after it has asked where %s', async (_, refuse) => {
    await tick();
    world.clock.advance(3 * HOUR);
    await refuse();
    world.clock.advance(HOUR);
    await tick();
    world.clock.advance(DAY - 4 * HOUR - 1);
    await tick();
    expect(await approvals()).toHaveLength(1);
    world.clock.advance(1);
    await tick();
    expect(await approvals()).toMatchObject([{ state: 'pending' }, {}]);
    expect(await started()).toEqual([]);
  });

  it('asks again in the window of the next night, however late in this one it was refused', async () => {
    const nightly = { cron: '0 1 * * *', windowMs: 2 * HOUR, maxAgeMs: 90 * DAY, renewBeforeMs: 60 * DAY };
    await world.close();
    world = await ApiWorld.open({ approval: { approvers: [], expiresMs: 4 * HOUR }, due: nightly });
    grace = await clientOf(world, 'grace', ['read', 'approve']);
    await world.app.get(Rotations).dueNow();
    const until = (at: number): void => world.clock.advance(at - world.clock.now());
    const night = (Math.floor(world.clock.now() / DAY) + 40) * DAY + HOUR;
    until(night);
    await tick();
    expect(await approvals()).toMatchObject([{ state: 'pending' }]);
    until(night + 90 * 60_000);
    await decide('reject');
    await tick();
    until(night + DAY);
    await tick();
    expect(await approvals()).toMatchObject([{ state: 'pending' }, { state: 'rejected' }]);
  });

  it('asks again at once where a grant has lapsed: nobody has refused it', async () => {
    await tick();
    await decide('approve');
    world.clock.advance(4 * HOUR);
    await tick();
    expect(await approvals()).toMatchObject([{ state: 'pending' }, { state: 'expired' }]);
  });

  it('shows no start that does not come: none while somebody has to decide, and after a no that of a day later', async () => {
    const shown = async () => {
      const { body } = await grace('GET', '/v1/rotations/checkout');
      const { nextDueAt, nextStarts, approval } = body;
      return { nextDueAt, starts: (nextStarts as string[]).length, approval };
    };
    const iso = (ms: number) => new Date(ms).toISOString();
    const calendar = async () => world.app.get(Rotations).planned(['checkout']);
    const nothing = { required: true, pending: null, granted: null, asksAgainAt: null };
    const now = world.clock.now();
    expect(await shown()).toEqual({ nextDueAt: iso(now), starts: 5, approval: nothing });
    await tick();
    const first = await newest();
    expect(await shown()).toEqual({ nextDueAt: null, starts: 0, approval: { ...nothing, pending: first } });
    expect(await calendar()).toMatchObject([{ starts: [] }]);
    await decide('reject');
    const again = {
      nextDueAt: iso(now + DAY),
      starts: 5,
      approval: { ...nothing, asksAgainAt: iso(now + DAY) },
    };
    expect(await shown()).toEqual(again);
    expect((await calendar())[0]?.starts[0]).toBe(now + DAY);
    world.clock.advance(DAY);
    expect(await shown()).toMatchObject({ nextDueAt: iso(now + DAY), approval: nothing });
    await tick();
    const granted = { id: await newest(), until: iso(world.clock.now() + 4 * HOUR) };
    await decide('approve');
    expect(await shown()).toMatchObject({ nextDueAt: iso(now + DAY), approval: { ...nothing, granted } });
  });

  it('waits with a grant for the end of a pause, no longer than a grant holds', async () => {
    await tick();
    await decide('approve');
    await grace('POST', '/v1/rotations/checkout/pause', { reason: 'freeze' });
    await tick();
    expect(await started()).toEqual([]);
    world.clock.advance(4 * HOUR);
    await tick();
    expect(await approvals()).toMatchObject([{ state: 'expired', run: null }]);
    expect(await told()).toContain('approval.expired');
    await grace('POST', '/v1/rotations/checkout/resume', {});
    await tick();
    expect(await started()).toEqual([]);
    expect(await approvals()).toMatchObject([{ state: 'pending' }, { state: 'expired' }]);
  });

  it('does not ask beside a person who has asked already', async () => {
    await askedBy(grace);
    await tick();
    expect(await approvals()).toMatchObject([{ state: 'pending', trigger: 'manual' }]);
  });

  it('holds a grant for nobody who has rotated meanwhile', async () => {
    await tick();
    await decide('approve');
    const leaked = { mode: 'emergency', reason: 'the token is public' };
    await grace('POST', '/v1/rotations/checkout/runs', leaked);
    expect(await approvals()).toMatchObject([{ state: 'superseded' }]);
  });

  it('looks no more often for the sake of what waits for a person', async () => {
    await tick();
    expect(await world.app.get(Rotations).dueNow()).toEqual({ start: [], ask: [], waiting: 0 });
  });
});
