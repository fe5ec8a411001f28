import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { NewRun } from '../../src/journal/journal.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { aRun, claimedRun, refused, settled, type JournalHarness } from './journal.contract.js';

/** What the journal tells of what has become of rotations. */
export function historyContract(name: string, make: (clock: VirtualClock) => Promise<JournalHarness>): void {
  describe(`journal ${name}, which is asked what has become of rotations`, () => {
    let clock: VirtualClock;
    let harness: JournalHarness;

    beforeEach(async () => {
      clock = new VirtualClock();
      harness = await make(clock);
    });
    afterEach(async () => harness.close());

    const claimed = async (over: Partial<NewRun> = {}) => claimedRun(harness.journal, over);
    const historyOf = async (rotation: string) => (await harness.journal.histories([rotation])).get(rotation);

    it('counts the age of a token from its newest settled rotation, else from the first time it was asked', async () => {
      const seen = clock.now();
      expect(await historyOf('checkout')).toEqual({ tokenSince: seen, failures: 0 });
      clock.advance(5_000);
      expect(await historyOf('checkout')).toMatchObject({ tokenSince: seen });
      const first = await claimed();
      await harness.journal.append(first.claim, { state: refused });
      expect(await historyOf('checkout')).toMatchObject({
        tokenSince: seen,
        failures: 1,
        lastAttempt: clock.now(),
      });
      clock.advance(5_000);
      const second = await claimed();
      await harness.journal.append(second.claim, { state: settled });
      expect(await historyOf('checkout')).toMatchObject({
        tokenSince: clock.now(),
        failures: 0,
      });
      expect(await harness.journal.lastSettled('checkout')).toMatchObject({ id: second.run.id });
    });

    it('tells of many rotations at once, of each its own', async () => {
      const { journal } = harness;
      const names = ['failed', 'done', 'never'];
      const seen = clock.now();
      await journal.histories(names);
      clock.advance(1_000);
      const failed = await claimed({ rotation: 'failed', storeKey: 'store:failed' });
      await harness.journal.append(failed.claim, { state: refused });
      const done = await claimed({ rotation: 'done', storeKey: 'store:done' });
      await harness.journal.append(done.claim, { state: settled });
      clock.advance(1_000);
      const again = await claimed({ rotation: 'done', storeKey: 'store:done' });
      expect(Object.fromEntries(await journal.histories(names))).toMatchObject({
        failed: { failures: 1 },
        done: { failures: 0, lastAttempt: again.run.startedAt },
        never: { tokenSince: seen, failures: 0 },
      });
      const known = await journal.newest(names);
      expect([...known.keys()].toSorted()).toEqual(['done', 'failed']);
      expect(known.get('failed')).toMatchObject({ latest: { id: failed.run.id } });
      expect(known.get('failed')?.settled).toBeUndefined();
      expect(known.get('done')).toMatchObject({ latest: { id: again.run.id }, settled: { id: done.run.id } });
      expect(await journal.active()).toEqual(new Set(['done']));
    });

    it('counts no attempt to adopt among the rotations', async () => {
      const adopted = await claimed({ mode: 'adopt' });
      await harness.journal.append(adopted.claim, { state: settled });
      clock.advance(1_000);
      expect(await historyOf('checkout')).toEqual({ tokenSince: clock.now(), failures: 0 });
    });

    it('tells of the newest pause of a rotation until somebody resumes it, and survives a restart', async () => {
      const until = clock.now() + 60_000;
      await harness.journal.act({ what: 'pause', rotation: 'checkout', reason: 'audit week' });
      await harness.journal.act({ what: 'pause', rotation: 'billing', reason: 'freeze', until });
      await harness.journal.act({ what: 'pause', rotation: 'checkout', reason: 'and longer' });
      await harness.reopen();
      expect(await historyOf('checkout')).toMatchObject({ pause: { reason: 'and longer' } });
      expect(await historyOf('billing')).toMatchObject({ pause: { reason: 'freeze', until } });
      await harness.journal.act({ what: 'resume', rotation: 'checkout', reason: 'over' });
      expect(await historyOf('checkout')).toEqual({ tokenSince: clock.now(), failures: 0 });
      expect(await historyOf('billing')).toHaveProperty('pause');
    });

    it('numbers what is said at one time one after the other', async () => {
      const { journal } = harness;
      const acts = Array.from({ length: 8 }, (_, index) => `rotation-${index}`);
      await Promise.all(
        acts.map(async (rotation) => journal.act({ what: 'pause', rotation, reason: 'all' })),
      );
      expect(await journal.verify()).toMatchObject({ acts: 8, faults: [] });
    });

    it('tells which rotations a run was opened for since a moment, adoptions left out', async () => {
      await harness.journal.open(aRun());
      const after = clock.now();
      clock.advance(1);
      await harness.journal.open(aRun({ rotation: 'billing', storeKey: 'store:billing' }));
      await harness.journal.open(aRun({ rotation: 'shop', storeKey: 'store:shop', mode: 'adopt' }));
      expect(await harness.journal.startedSince(after)).toEqual(['billing']);
      expect(await harness.journal.startedSince(clock.now())).toEqual([]);
    });

    it('has nothing to tell where nothing is asked', async () => {
      expect(await harness.journal.histories([])).toEqual(new Map());
      expect(await harness.journal.newest([])).toEqual(new Map());
      expect(await harness.journal.active()).toEqual(new Set());
    });
  });
}
