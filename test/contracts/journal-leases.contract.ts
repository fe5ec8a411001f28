import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { NewRun } from '../../src/journal/journal.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { claimedRun, type JournalHarness } from './journal.contract.js';

const LEASE_MS = 10_000;
/** For a database whose own clock goes on meanwhile. */
const MARGIN_MS = 5_000;

/** What the journal promises of who may work on a run. */
export function leasesContract(name: string, make: (clock: VirtualClock) => Promise<JournalHarness>): void {
  describe(`journal ${name}, of which several want to work on a run`, () => {
    let harness: JournalHarness;

    beforeEach(async () => {
      harness = await make(new VirtualClock());
    });
    afterEach(async () => harness.close());

    const claimed = async (over: Partial<NewRun> = {}) => claimedRun(harness.journal, over);

    it('hands a run to one worker at a time, and again when its lease has ended or was given back', async () => {
      const { claim } = await claimed();
      expect(await harness.journal.claim()).toBeUndefined();
      await harness.journal.release(claim);
      expect(await harness.journal.claim()).toMatchObject({ runId: claim.runId, epoch: claim.epoch + 1 });
      await harness.passLease(LEASE_MS);
      expect(await harness.journal.claim()).toMatchObject({ epoch: claim.epoch + 2 });
    });

    it('hands a run out whose holder died before the clock stepped back, and not in an hour', async () => {
      const { claim } = await claimed();
      await harness.passLease(-60 * 60_000);
      expect(await harness.journal.claim()).toMatchObject({ runId: claim.runId, epoch: claim.epoch + 1 });
      expect(await harness.journal.claim()).toBeUndefined();
    });

    it('keeps a renewed lease', async () => {
      const { claim } = await claimed();
      await harness.passLease(LEASE_MS - MARGIN_MS);
      expect(await harness.journal.renew([claim])).toEqual([claim]);
      await harness.passLease(LEASE_MS - MARGIN_MS);
      expect(await harness.journal.claim()).toBeUndefined();
    });

    it('refuses a worker whose lease was taken over', async () => {
      const { run, claim } = await claimed();
      await harness.passLease(LEASE_MS);
      await harness.journal.claim();
      const lost = { code: 'lease_lost' };
      await expect(harness.journal.append(claim, { note: 'zombie' })).rejects.toMatchObject(lost);
      expect(await harness.journal.renew([claim])).toEqual([]);
      expect(await harness.journal.entries(run.id)).toHaveLength(1);
    });

    it('renews all claims of a worker at once, but for those that it has lost', async () => {
      const { claim: lost } = await claimed();
      await harness.passLease(LEASE_MS);
      const taken = await harness.journal.claim();
      const { claim: other } = await claimed({ rotation: 'other', storeKey: 'store:other' });
      const held = [lost, other, ...(taken ? [taken] : [])];
      expect(await harness.journal.renew(held)).toEqual(held.slice(1));
      expect(await harness.journal.renew([])).toEqual([]);
    });

    it('renews more claims than one statement takes', async () => {
      const { claim } = await claimed();
      const { claim: other } = await claimed({ rotation: 'other', storeKey: 'store:other' });
      const lost = { ...other, epoch: other.epoch + 1 };
      const many = Array.from({ length: 250 }, () => claim);
      expect(await harness.journal.renew([...many, lost, other])).toEqual([...many, other]);
      await harness.passLease(LEASE_MS - MARGIN_MS);
      expect(await harness.journal.renew([claim, other])).toEqual([claim, other]);
    });
  });
}
