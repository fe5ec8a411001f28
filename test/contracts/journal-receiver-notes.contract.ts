import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Journal } from '../../src/journal/journal.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import type { JournalHarness } from './journal.contract.js';

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;
const ADDRESS = 'https://slack.example.com/';

/** What a notifier keeps of a matter. */
export function receiverNotesContract(
  name: string,
  make: (clock: VirtualClock) => Promise<JournalHarness>,
): void {
  describe(`what a notifier keeps ${name}`, () => {
    let clock: VirtualClock;
    let harness: JournalHarness;
    let journal: Journal;

    beforeEach(async () => {
      clock = new VirtualClock();
      harness = await make(clock);
      ({ journal } = harness);
    });
    afterEach(async () => harness.close());

    it('is there for whoever sends next, and is written by whoever holds the claim alone', async () => {
      await journal.act({ what: 'pause', rotation: 'checkout', reason: 'first' });
      await journal.act({ what: 'resume', rotation: 'checkout', reason: 'second' });
      const first = await journal.notifications.claim('ops', ADDRESS);
      if (!first) throw new Error('nothing to send');
      expect(await journal.notifications.recall('ops', 'run_1')).toBeUndefined();
      await journal.notifications.keep(first, 'run_1', 'one\0');
      await harness.passLease(HOUR);
      const again = await journal.notifications.claim('ops', ADDRESS);
      await journal.notifications.keep(first, 'run_1', 'late');
      journal = await harness.reopen();
      expect(await journal.notifications.recall('ops', 'run_1')).toBe('one');
      expect(await journal.notifications.recall('chat', 'run_1')).toBeUndefined();
      if (again) await journal.notifications.sent(again);
      await journal.notifications.keep(first, 'run_1', 'later still');
      const second = await journal.notifications.claim('ops', ADDRESS);
      expect(second?.number).toBeGreaterThan(first.number);
      if (second) await journal.notifications.keep(second, 'run_1', 'two');
      expect(await journal.notifications.recall('ops', 'run_1')).toBe('two');
      clock.advance(31 * DAY);
      if (second) await journal.notifications.sent(second);
      expect(await journal.notifications.recall('ops', 'run_1')).toBeUndefined();
    });
  });
}
