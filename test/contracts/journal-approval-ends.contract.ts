import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Journal } from '../../src/journal/journal.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { approvalSteps, grace, heard } from './approval-steps.js';
import { aRun, type JournalHarness, type MakeJournal } from './journal.contract.js';

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;

/** What `approvals.ts` promises of the time that each of them has. */
export function approvalEndsContract(name: string, make: MakeJournal): void {
  describe(`the end of approvals ${name}`, () => {
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

    it('holds a grant for a run that starts later, once, and no longer than it may', async () => {
      const asked = await ask({ trigger: 'schedule' });
      await journal.approvals.grant(asked.id, { by: grace }, clock.now() + HOUR);
      const known = { ...aRun(), approval: { id: asked.id } };
      const held = await journal.approvals.asked(['checkout']);
      expect(held.get('checkout')).toMatchObject({ granted: { id: asked.id } });
      await expect(ask({ trigger: 'schedule' })).rejects.toMatchObject({ code: 'approval_pending' });
      clock.advance(HOUR);
      await expect(journal.open(known)).rejects.toMatchObject({ code: 'approval_ended' });
      await journal.approvals.expire();
      expect(await stateOf(asked)).toBe('expired');

      const again = await ask({ trigger: 'schedule' });
      await journal.approvals.grant(again.id, { by: grace }, clock.now() + HOUR);
      const run = await journal.open({ ...known, approval: { id: again.id } });
      expect(run.trigger.approved).toEqual({ approval: again.id, by: 'grace', at: clock.now() });
      await endRun();
      await expect(journal.open({ ...known, approval: { id: again.id } })).rejects.toMatchObject({
        code: 'approval_ended',
      });
      clock.advance(DAY);
      await journal.approvals.expire();
      expect(await stateOf(again)).toBe('granted');
    });

    it('ends each whose time is over once, whoever sees it first, and tells of it once', async () => {
      const asked = await ask();
      await journal.approvals.expire();
      expect(await stateOf(asked)).toBe('pending');
      clock.advance(4 * HOUR);
      await expect(grantedRun(asked)).rejects.toMatchObject({ code: 'approval_ended' });
      await Promise.all([journal.approvals.expire(), journal.approvals.expire()]);
      expect(await stateOf(asked)).toBe('expired');
      expect(await told()).toEqual(['approval.requested', 'approval.expired']);
      expect(await acts()).toMatchObject([
        { what: 'approval_requested' },
        { what: 'approval_expired', approval: asked.id, reason: 'nobody has decided in time' },
      ]);
      expect((await journal.approvals.pending(['checkout'])).size).toBe(0);
    });

    it('is no longer in the way once its time is over, also where nobody has noted it yet', async () => {
      const first = await ask();
      clock.advance(4 * HOUR);
      const second = await ask();
      expect(await stateOf(first)).toBe('expired');
      expect(await told()).toEqual(['approval.requested', 'approval.expired', 'approval.requested']);
      clock.advance(4 * HOUR);
      await expect(ask({ trigger: 'schedule' })).resolves.toMatchObject({ state: 'pending' });
      expect(await stateOf(second)).toBe('expired');
    });

    it('knows of what is granted and of what is pending beside it', async () => {
      const { id: granted } = await ask({ trigger: 'schedule' });
      await journal.approvals.grant(granted, { by: grace }, clock.now() + HOUR);
      const { id: pending } = await ask();
      const known = await journal.approvals.asked(['checkout', 'orders']);
      expect([...known.keys()]).toEqual(['checkout']);
      expect(known.get('checkout')).toMatchObject({ granted: { id: granted }, pending: { id: pending } });
    });
  });
}
