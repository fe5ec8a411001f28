import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Person } from '../../src/journal/approvals.js';
import type { Journal } from '../../src/journal/journal.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { ada, approvalSteps, grace, heard, linus } from './approval-steps.js';
import { aRun, type JournalHarness, type MakeJournal } from './journal.contract.js';

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;

const byName = (one: string, other: string): number => one.localeCompare(other);

/** Every promise in the prose of `approvals.ts`. */
export function approvalsContract(name: string, make: MakeJournal): void {
  describe(`approvals ${name}`, () => {
    let clock: VirtualClock;
    let harness: JournalHarness;
    let journal: Journal;

    beforeEach(async () => {
      clock = new VirtualClock();
      harness = await make(clock, heard);
      ({ journal } = harness);
    });
    afterEach(async () => harness.close());

    const { ask, grantedRun, stateOf, endRun, told, acts } = approvalSteps(() => ({ journal, clock }));

    it('starts one run from a request that somebody allows, in one step with all that tells of it', async () => {
      const asked = await ask({ planDigest: 'd1' });
      const run = await grantedRun(asked);
      const approved = { approval: asked.id, by: 'grace', at: clock.now(), comment: 'seen it' };
      expect(run.trigger).toEqual({ ...aRun().trigger, approved });
      expect(run).not.toHaveProperty('approval');
      expect(await journal.approvals.find(asked.id)).toMatchObject({
        state: 'granted',
        decidedBy: 'grace',
        deciderId: 'token grace',
        decidedAt: clock.now(),
        comment: 'seen it',
        run: run.id,
      });
      expect(await told()).toEqual(['approval.requested', 'approval.granted', 'rotation.started']);
      expect(await acts()).toMatchObject([
        {
          what: 'approval_requested',
          approval: asked.id,
          by: 'ada',
          reason: 'leak',
          planDigest: 'd1',
          expiresAt: asked.expiresAt,
        },
        { what: 'approval_granted', approval: asked.id, by: 'grace', run: run.id },
      ]);
      const [opened] = await journal.entries(run.id);
      expect(opened?.note).toBe(`approved by grace (${asked.id}): seen it`);
      expect(await journal.verify()).toMatchObject({ acts: 2, faults: [] });
    });

    it('starts one run of two people who allow it at the same moment, and tells the other who was first', async () => {
      const asked = await ask();
      const by = (person: Person) => ({ approval: { id: asked.id, granted: { by: person } } });
      const both = await Promise.allSettled([grantedRun(asked, by(grace)), grantedRun(asked, by(linus))]);
      const lost = both.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
      const runs = await journal.list({ limit: 10 });
      expect([lost.length, runs.length]).toEqual([1, 1]);
      const first = both[0]?.status === 'fulfilled' ? grace : linus;
      expect(runs).toMatchObject([{ trigger: { approved: { by: first.name } } }]);
      expect(lost).toMatchObject([{ code: 'approval_ended', approvalId: asked.id }]);
      expect(lost).toMatchObject([
        { message: expect.stringContaining(`was granted by ${first.name}`) as unknown },
      ]);
      expect(await told()).toEqual(['approval.requested', 'approval.granted', 'rotation.started']);
    });

    it('starts no second run of one grant, also when the first has ended', async () => {
      const asked = await ask();
      await grantedRun(asked);
      await endRun();
      await expect(grantedRun(asked)).rejects.toMatchObject({ code: 'approval_ended' });
      await expect(journal.open(aRun({ approval: { id: asked.id } }))).rejects.toMatchObject({
        code: 'approval_ended',
      });
      expect(await journal.list({ limit: 10 })).toHaveLength(1);
    });

    it('leaves a request pending whose run cannot be opened', async () => {
      const other = await journal.open(aRun({ rotation: 'orders' }));
      const asked = await ask();
      await expect(grantedRun(asked)).rejects.toMatchObject({
        code: 'rotation_in_progress',
        runId: other.id,
      });
      expect(await stateOf(asked)).toBe('pending');
      expect(await told()).toEqual(['rotation.started', 'approval.requested']);
      expect(await acts()).toHaveLength(1);
      await endRun();
      expect((await grantedRun(asked)).rotation).toBe('checkout');
    });

    it('has one pending request of a rotation, whoever asks at the same moment', async () => {
      const both = await Promise.allSettled([ask(), ask({ by: grace })]);
      const first = both.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      expect(first).toHaveLength(1);
      await expect(ask()).rejects.toMatchObject({
        code: 'approval_pending',
        approvalId: first[0]?.id,
      });
      await ask({ rotation: 'orders' });
      expect(
        [...(await journal.approvals.pending(['checkout', 'orders', 'none'])).keys()].toSorted(byName),
      ).toEqual(['checkout', 'orders']);
    });

    it('is not decided again once somebody has rejected it', async () => {
      const asked = await ask();
      const decisions = [
        journal.approvals.reject(asked.id, { by: grace, comment: 'not today' }),
        grantedRun(asked),
      ];
      const [rejected, run] = await Promise.allSettled(decisions);
      const [state, runs] = [await stateOf(asked), await journal.list({ limit: 10 })];
      // Whichever came first, the other one is refused.
      expect([rejected?.status ?? '', run?.status ?? ''].toSorted(byName)).toEqual(['fulfilled', 'rejected']);
      expect({ state, runs: runs.length }).toEqual(
        run?.status === 'fulfilled' ? { state: 'granted', runs: 1 } : { state: 'rejected', runs: 0 },
      );
      await expect(journal.approvals.reject(asked.id, { by: ada })).rejects.toMatchObject({
        code: 'approval_ended',
      });
    });

    it('is worth nothing any more when a run is started without it', async () => {
      const asked = await ask();
      await journal.open(aRun({ mode: 'adopt' }));
      expect(await stateOf(asked)).toBe('pending');
      await endRun();
      const run = await journal.open(aRun());
      expect(await journal.approvals.find(asked.id)).toMatchObject({
        state: 'superseded',
        comment: `${run.id} was started without it`,
      });
      expect((await told()).filter((event) => event.startsWith('approval.'))).toEqual([
        'approval.requested',
        'approval.superseded',
      ]);
      await endRun();
      await expect(grantedRun(asked)).rejects.toMatchObject({ code: 'approval_ended' });
    });

    it('asks for nothing that was started meanwhile', async () => {
      await journal.open(aRun());
      await expect(ask({ trigger: 'schedule', lastKnown: null })).rejects.toMatchObject({
        code: 'rotation_in_progress',
      });
    });

    it('neither begins a pause nor ends one', async () => {
      await journal.histories(['checkout']);
      await journal.act({ what: 'pause', rotation: 'checkout', reason: 'freeze' });
      const asked = await ask();
      await journal.approvals.reject(asked.id, { by: grace, comment: 'frozen' });
      const pauseIn = async () => (await journal.histories(['checkout'])).get('checkout')?.pause;
      expect(await pauseIn()).toEqual({ reason: 'freeze' });
      await journal.act({ what: 'resume', rotation: 'checkout', reason: 'over' });
      await ask();
      expect(await pauseIn()).toBeUndefined();
    });

    it('answers the same request with the same approval for a day, and refuses its key for another', async () => {
      const request = { key: 'k', hash: 'h' };
      const asked = await ask({ request });
      await journal.approvals.reject(asked.id, { by: grace, comment: 'no' });
      expect(await ask({ request })).toMatchObject({ id: asked.id, state: 'rejected' });
      await expect(ask({ request: { ...request, hash: 'other' } })).rejects.toMatchObject({
        code: 'idempotency_key_reused',
      });
      clock.advance(DAY);
      expect((await ask({ request })).id).not.toBe(asked.id);
    });

    it('lists the newest first, page by page, and survives a restart', async () => {
      const ids = [];
      for (const rotation of ['a', 'b', 'c', 'd']) {
        const { id } = await ask({ rotation, reason: 'half \ud83d a \0 sign' });
        ids.unshift(id);
        if (rotation !== 'b') clock.advance(1);
      }
      const again = await harness.reopen();
      const first = await again.approvals.list({ limit: 2 });
      const rest = await again.approvals.list({ limit: 10, after: first.at(-1) ?? first[0]! });
      expect([...first, ...rest].map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
      expect([...first, ...rest].map(({ requestedAt }) => requestedAt)).toEqual(
        [...first, ...rest].map(({ requestedAt }) => requestedAt).toSorted((a, b) => b - a),
      );
      const few = await again.approvals.list({ limit: 10, rotations: ['a', 'c'], state: 'pending' });
      expect(few.map(({ rotation }) => rotation)).toEqual(['c', 'a']);
      expect(await again.approvals.list({ limit: 10, rotations: [] })).toEqual([]);
    });
  });
}
