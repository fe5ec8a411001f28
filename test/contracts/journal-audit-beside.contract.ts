import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Claim } from '../../src/journal/journal.js';
import type { RunState } from '../../src/rotation/run.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { aRun, claimedRun, pin, refused, type JournalHarness } from './journal.contract.js';

const DAY = 24 * 60 * 60_000;

const prepared: RunState = { state: 'prepared', previous: pin, expected: pin.version };
const of = (rotation: string) => ({ rotation, storeKey: `store:${rotation}` });

/** What `verify` promises while others write. */
export function auditBesideContract(
  name: string,
  make: (clock: VirtualClock) => Promise<JournalHarness>,
): void {
  describe(`journal ${name}, whose log is verified while runs go on`, () => {
    let clock: VirtualClock;
    let harness: JournalHarness;
    let ended: string;
    let live: Claim;

    beforeEach(async () => {
      clock = new VirtualClock();
      harness = await make(clock);
      const { journal } = harness;
      const first = await claimedRun(journal, of('checkout'));
      await journal.append(first.claim, { state: refused });
      ended = first.run.id;
      live = (await claimedRun(journal, of('billing'))).claim;
      await journal.append(live, { note: 'looked' });
    });
    afterEach(async () => harness.close());

    /** The run under way knows of a token, another one is opened, and a person says something. */
    const write = async (): Promise<void> => {
      const { journal } = harness;
      await journal.append(live, { state: prepared });
      await journal.open(aRun(of('shop')));
      await journal.act({ what: 'pause', rotation: 'checkout', reason: 'an incident' });
    };

    /** What `verify` finds where all of this is written after so many of its reads. */
    const verifiedBeside = async (reads: number, verify: () => ReturnType<typeof harness.journal.verify>) => {
      let read = 0;
      harness.meanwhile(async () => {
        read += 1;
        if (read === reads) await write();
      });
      const report = await verify();
      harness.meanwhile(undefined);
      expect(read).toBeGreaterThanOrEqual(reads);
      return report;
    };
    const all = async () => harness.journal.verify();
    const period = async () => harness.journal.archive.verify({ from: 0, to: clock.now() + DAY });

    it.each([1, 2, 3, 4])('finds no fault in what is written after its read %i', async (reads) => {
      expect((await verifiedBeside(reads, all)).faults).toEqual([]);
      expect(await all()).toMatchObject({ runs: 3, entries: 6, acts: 1, faults: [] });
    });

    it('nor in a period', async () => {
      expect((await verifiedBeside(2, period)).faults).toEqual([]);
    });

    it('sees a run that is opened while it reads: each page is of a moment of its own', async () => {
      expect(await verifiedBeside(1, all)).toMatchObject({ runs: 3, faults: [] });
    });

    it.each([
      ['changed', `update entry set at = at - 1 where seq = 2 and run_id = `, 2],
      ['removed', `delete from entry where seq = 1 and run_id = `, 1],
    ])('names an entry that was %s all the same', async (_how, change, seq) => {
      await harness.tamper(`${change}'${ended}'`);
      const { faults } = await verifiedBeside(1, all);
      expect(faults).toContainEqual(expect.objectContaining({ run: ended, seq }));
    });

    it.each([
      ['put at the end of the run under way', `update entry set seq = seq + 1 where seq = 2 and run_id = `],
      ['put back', `update run set seq = seq - 1 where id = `],
    ])('names what somebody has %s all the same', async (_how, change) => {
      await harness.tamper(`${change}'${live.runId}'`);
      expect((await all()).faults).toContainEqual(expect.objectContaining({ run: live.runId }));
    });
  });
}
