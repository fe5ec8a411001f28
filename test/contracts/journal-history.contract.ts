import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Outcome, RunState, StateOf } from '../../src/rotation/run.js';
import type { NewRun } from '../../src/journal/journal.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { archiveContract } from './journal-archive.contract.js';
import { feedContract } from './journal-feed.contract.js';
import { knownContract } from './journal-known.contract.js';
import { aRun, claimedRun, refused, settled, type JournalHarness } from './journal.contract.js';

const endedAs = (outcome: Outcome): StateOf<'ended'> => ({ state: 'ended', outcome, detail: 'so it is' });

/** What the journal tells of what has become of rotations. */
export function historyContract(name: string, make: (clock: VirtualClock) => Promise<JournalHarness>): void {
  archiveContract(name, make);
  feedContract(name, make);
  knownContract(name, make);
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

    it('tells when the newest attempt gave up, and whether a person wanted that, until a token settles', async () => {
      await historyOf('checkout');
      clock.advance(1_000);
      const first = await claimed();
      clock.advance(60_000);
      await harness.journal.append(first.claim, { state: refused });
      expect(await historyOf('checkout')).toMatchObject({ gaveUp: { at: clock.now(), isCancelled: false } });
      clock.advance(1_000);
      const second = await claimed();
      // Its own end is still to come.
      expect(await historyOf('checkout')).not.toHaveProperty('gaveUp');
      await harness.journal.append(second.claim, { state: endedAs('cancelled') });
      expect(await historyOf('checkout')).toMatchObject({ gaveUp: { at: clock.now(), isCancelled: true } });
      clock.advance(1_000);
      const third = await claimed();
      await harness.journal.append(third.claim, { state: settled });
      expect(await historyOf('checkout')).not.toHaveProperty('gaveUp');
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

    it('names the runs that say how a rotation stands, each the newest of its kind', async () => {
      const { journal } = harness;
      await journal.histories(['checkout', 'never']);
      const none = { latest: null, ended: null, settled: null, succeeded: null };
      const landmarks = async () => (await journal.landmarks(['checkout', 'never'])).get('checkout');
      expect(await landmarks()).toEqual(none);
      const run = async (...states: RunState[]) => {
        clock.advance(1_000);
        const { run: opened, claim } = await claimed();
        for (const state of states) await journal.append(claim, { state });
        return opened.id;
      };
      const succeeded = await run(settled, endedAs('succeeded'));
      expect(await landmarks()).toEqual({
        latest: succeeded,
        ended: succeeded,
        settled: succeeded,
        succeeded,
      });
      const partial = await run(settled, endedAs('partial'));
      const failed = await run(refused);
      expect(await landmarks()).toEqual({ latest: failed, ended: failed, settled: partial, succeeded });
      const latest = await run();
      expect(await landmarks()).toEqual({ latest, ended: failed, settled: partial, succeeded });
      expect((await journal.landmarks(['checkout', 'never', 'unasked'])).get('never')).toEqual(none);

      const ids = (await journal.runs([latest, 'run_0', failed])).map(({ id }) => id);
      expect(ids.toSorted()).toEqual([latest, failed].toSorted());
    });

    it('finds the runs that a caller has started, or a trigger of a kind', async () => {
      const started = async (rotation: string, trigger: NewRun['trigger']) => {
        clock.advance(1);
        return (await harness.journal.open(aRun({ rotation, storeKey: rotation, trigger }))).id;
      };
      const ci = await started('one', { kind: 'api', reason: 'x', by: 'ci' });
      const again = await started('two', { kind: 'api', reason: 'by schedule', by: 'ci' });
      const nightly = await started('three', { kind: 'schedule', reason: 'ci' });
      const foundBy = async (by: string) =>
        (await harness.journal.list({ by, limit: 10 })).map(({ id }) => id);
      expect(await foundBy('ci')).toEqual([again, ci]);
      expect(await foundBy('schedule')).toEqual([nightly]);
      expect(await foundBy('api')).toEqual([]);
    });

    it('keeps texts that no database and no reader of JSON need take: cut within a character, or with a NUL', async () => {
      const { journal } = harness;
      const cut = 'no way '.concat('🚫'.charAt(0));
      const by = 'c\0i';
      const { run, claim } = await claimed({ trigger: { kind: 'api', reason: `because\0 ${cut}`, by } });
      expect(run.trigger).toEqual({ kind: 'api', reason: 'because no way \uFFFD', by: 'ci' });
      await journal.append(claim, { waitingFor: cut });
      await journal.ask(run.id, { what: 'retry', reason: 'so\0', by }, () => undefined);
      await journal.act({ what: 'pause', rotation: 'checkout', reason: `freeze\0 ${cut}` });
      expect(await journal.find(run.id)).toMatchObject({
        waitingFor: 'no way \uFFFD',
        asked: { what: 'retry', reason: 'so', by: 'ci' },
      });
      for (const who of ['ci', by]) expect(await journal.list({ by: who, limit: 1 })).toHaveLength(1);
      expect(await journal.list({ rotation: 'other\0', limit: 1 })).toEqual([]);
      expect(await journal.find('run_\0')).toBeUndefined();
      expect((await journal.verify()).faults).toEqual([]);
    });

    it('takes no word in a text for an outcome', async () => {
      await harness.journal.histories(['checkout']);
      const words = 'it said {"outcome":"succeeded"} of itself';
      const { claim } = await claimed({ trigger: { kind: 'api', reason: words } });
      await harness.journal.append(claim, { state: settled });
      await harness.journal.append(claim, { state: { ...endedAs('partial'), detail: words } });
      const found = (await harness.journal.landmarks(['checkout'])).get('checkout');
      expect(found).toMatchObject({ succeeded: null });
      expect(found?.settled).not.toBeNull();
    });

    it('counts the runs that have not ended and that nobody works on', async () => {
      const { journal } = harness;
      const { claim } = await claimed();
      expect(await journal.waiting()).toBe(0);
      await journal.release(claim);
      expect(await journal.waiting()).toBe(1);
      const again = await journal.claim();
      if (!again) throw new Error('there is no run to work on');
      await journal.append(again, { state: refused });
      await journal.release(again);
      expect(await journal.waiting()).toBe(0);
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
