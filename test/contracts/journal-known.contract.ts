import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { NewRun } from '../../src/journal/journal.js';
import type { Outcome, RunState, StateOf } from '../../src/rotation/run.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { claimedRun, refused, settled, type JournalHarness } from './journal.contract.js';

const endedAs = (outcome: Outcome): StateOf<'ended'> => ({ state: 'ended', outcome, detail: 'so it is' });

/** What the journal tells at once of all that stands in a list of rotations. */
export function knownContract(
  journalName: string,
  make: (clock: VirtualClock) => Promise<JournalHarness>,
): void {
  describe(`journal ${journalName}, which is asked for a list of rotations`, () => {
    let clock: VirtualClock;
    let harness: JournalHarness;

    beforeEach(async () => {
      clock = new VirtualClock();
      harness = await make(clock);
    });
    afterEach(async () => harness.close());

    it('knows of each rotation what its history and its newest runs tell, whatever has become of it', async () => {
      const { journal } = harness;
      const names = ['calm', 'other'];
      const assertKnown = async () => {
        const known = await journal.known(names);
        const [histories, newest] = [await journal.histories(names), await journal.newest(names)];
        const told = names.map((one) => [one, { history: histories.get(one), ...newest.get(one) }] as const);
        expect(Object.fromEntries(known)).toEqual(Object.fromEntries(told));
        return known.get('other')?.history;
      };
      const ranTo = async (over: Partial<NewRun>, ...states: RunState[]) => {
        clock.advance(1_000);
        const { claim } = await claimedRun(journal, { rotation: 'other', storeKey: 'store:other', ...over });
        await assertKnown();
        for (const state of states) {
          clock.advance(1_000);
          await journal.append(claim, { state });
          await assertKnown();
        }
      };
      const seen = clock.now();
      // Asked for the first time by this, and one of them has a run.
      const started = await claimedRun(journal, { rotation: 'calm', storeKey: 'store:calm' });
      expect(await assertKnown()).toEqual({ tokenSince: seen, failures: 0 });
      await journal.append(started.claim, { state: refused });
      clock.advance(1_000);
      await ranTo({ rotation: 'calm', storeKey: 'store:calm' }, settled, endedAs('succeeded'));
      await ranTo({ mode: 'adopt' }, settled, endedAs('succeeded'));
      expect(await assertKnown()).toEqual({ tokenSince: seen, failures: 0 });
      await ranTo({}, refused);
      expect(await assertKnown()).toMatchObject({ failures: 1, gaveUp: { at: clock.now() } });
      await journal.act({ rotation: 'other', what: 'pause', reason: 'freeze', by: 'ada' });
      expect(await assertKnown()).toMatchObject({ pause: { reason: 'freeze' } });
      await ranTo({}, settled, endedAs('partial'));
      expect(await assertKnown()).toMatchObject({ failures: 0, pause: { reason: 'freeze' } });
      const { tokenSince } = (await assertKnown()) ?? {};
      await ranTo({ mode: 'adopt' }, settled, endedAs('succeeded'));
      await ranTo({}, endedAs('cancelled'));
      expect(await assertKnown()).toMatchObject({ tokenSince, gaveUp: { isCancelled: true } });
      await ranTo({});
      expect(await journal.known([])).toEqual(new Map());
    });
  });
}
