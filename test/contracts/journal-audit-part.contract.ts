import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AuditPart } from '../../src/journal/journal.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { claimedRun, refused, type JournalHarness } from './journal.contract.js';

const HOUR = 60 * 60_000;

/** What `exportAudit` promises of a part. */
export function auditPartContract(
  name: string,
  make: (clock: VirtualClock) => Promise<JournalHarness>,
): void {
  describe(`journal ${name}, whose log is given out in part`, () => {
    let clock: VirtualClock;
    let harness: JournalHarness;
    const starts: number[] = [];
    let saidAt: number;

    beforeEach(async () => {
      clock = new VirtualClock();
      harness = await make(clock);
      starts.length = 0;
      for (const rotation of ['one', 'two', 'three', 'one']) {
        starts.push(clock.now());
        const { claim } = await claimedRun(harness.journal, { rotation, storeKey: `store:${rotation}` });
        clock.advance(HOUR);
        await harness.journal.append(claim, { state: refused });
        clock.advance(HOUR);
      }
      saidAt = clock.now();
      await harness.journal.act({ what: 'pause', rotation: 'one', reason: 'freeze' });
      clock.advance(HOUR);
      await harness.journal.act({ what: 'resume', rotation: 'two', reason: 'over' });
    });
    afterEach(async () => harness.close());

    const linesOf = async (part: AuditPart) => {
      const lines: string[] = [];
      for await (const { run, rotation, seq, hash } of harness.journal.exportAudit(part))
        lines.push(`${run === null ? 'act' : 'run'} ${rotation} ${seq} ${hash}`);
      return lines;
    };

    it('is of a rotation its runs and what was said of it, with the hashes of the whole', async () => {
      const all = await linesOf({});
      expect(all).toHaveLength(10);
      expect(await linesOf({ rotation: 'one' })).toEqual(all.filter((line) => line.includes(' one ')));
      expect(await linesOf({ rotation: 'nope' })).toEqual([]);
    });

    it('is of a time whole runs that were started in it, and what was said in it', async () => {
      const all = await linesOf({});
      const [, second = 0, third = 0] = starts;
      expect(await linesOf({ from: second, to: third })).toEqual(all.slice(2, 4));
      expect(await linesOf({ from: second, to: third + 1 })).toEqual(all.slice(2, 6));
      expect(await linesOf({ from: second + 1, to: third })).toEqual([]);
      expect(await linesOf({ from: saidAt })).toEqual(all.slice(8));
      expect(await linesOf({ from: saidAt, to: saidAt + 1 })).toEqual(all.slice(8, 9));
      expect(await linesOf({ from: saidAt + 1, rotation: 'one' })).toEqual([]);
      expect(await linesOf({ to: second, rotation: 'one' })).toEqual(all.slice(0, 2));
    });
  });
}
