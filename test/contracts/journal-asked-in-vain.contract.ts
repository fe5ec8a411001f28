import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Approval, NewApproval } from '../../src/journal/approvals.js';
import type { Journal } from '../../src/journal/journal.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { aRun, refused, type JournalHarness, type MakeJournal } from './journal.contract.js';

const HOUR = 60 * 60_000;

const ada = { id: 'token ada', name: 'ada' };
const grace = { id: 'token grace', name: 'grace' };

/** What `Approvals.asked` promises of what was refused. */
export function askedInVainContract(name: string, make: MakeJournal): void {
  describe(`approvals that the schedule has asked for in vain ${name}`, () => {
    let clock: VirtualClock;
    let harness: JournalHarness;
    let journal: Journal;

    beforeEach(async () => {
      clock = new VirtualClock();
      harness = await make(clock);
      ({ journal } = harness);
    });
    afterEach(async () => harness.close());

    const ask = async (over: Partial<NewApproval> = {}): Promise<Approval> =>
      journal.approvals.ask({
        rotation: 'checkout',
        trigger: 'manual',
        by: ada,
        reason: 'leak',
        expiresAt: clock.now() + 4 * HOUR,
        ...over,
      });
    const stateOf = async ({ id }: Approval) => (await journal.approvals.find(id))?.state;
    const endRun = async (): Promise<void> => {
      const claim = await journal.claim();
      if (!claim) throw new Error('nothing was claimed');
      await journal.append(claim, { state: refused });
    };

    it('knows when the schedule has asked in vain, and passes over what people have asked for', async () => {
      const refusedAt = async () => (await journal.approvals.asked(['checkout'])).get('checkout')?.refusedAt;
      const mine = await ask();
      await journal.approvals.reject(mine.id, { by: grace, comment: 'no' });
      expect((await journal.approvals.asked(['checkout'])).size).toBe(0);
      const due = await ask({ trigger: 'schedule' });
      clock.advance(HOUR);
      await journal.approvals.reject(due.id, { by: grace, comment: 'no' });
      expect((await journal.approvals.asked(['checkout', 'orders'])).get('checkout')).toEqual({
        refusedAt: due.requestedAt,
      });
      const unheard = await ask({ trigger: 'schedule', expiresAt: clock.now() + 1 });
      clock.advance(HOUR);
      await journal.approvals.expire();
      expect(await refusedAt()).toBe(unheard.requestedAt);
    });

    it('takes neither a grant that has lapsed for a refusal nor what was said before the newest run', async () => {
      const refusedAt = async () => (await journal.approvals.asked(['checkout'])).get('checkout')?.refusedAt;
      const granted = await ask({ trigger: 'schedule' });
      await journal.approvals.grant(granted.id, { by: grace }, clock.now() + HOUR);
      clock.advance(HOUR);
      await journal.approvals.expire();
      expect(await stateOf(granted)).toBe('expired');
      expect(await refusedAt()).toBeUndefined();

      const unwanted = await ask({ trigger: 'schedule' });
      await journal.approvals.reject(unwanted.id, { by: grace, comment: 'no' });
      clock.advance(HOUR);
      await journal.open(aRun({ mode: 'adopt' }));
      await endRun();
      expect(await refusedAt()).toBe(unwanted.requestedAt);
      await journal.open(aRun({ rotation: 'orders' }));
      await endRun();
      expect(await refusedAt()).toBe(unwanted.requestedAt);
      await journal.open(aRun());
      expect(await refusedAt()).toBeUndefined();
    });
  });
}
