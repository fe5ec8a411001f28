import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Journal } from '../../src/journal/journal.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import type { JournalHarness } from './journal.contract.js';

const drifted = (detail: string) =>
  ({
    name: 'drift.detected',
    rotation: 'checkout',
    data: {
      kind: 'store_edited',
      detail,
      adoptable: true,
      repair: 'adopt',
      since: new Date(0).toISOString(),
    },
  }) as const;

/** What is told once, and its end. */
export function standingsContract(
  name: string,
  make: (clock: VirtualClock) => Promise<JournalHarness>,
): void {
  describe(`what stands of a rotation ${name}`, () => {
    let harness: JournalHarness;
    let journal: Journal;

    beforeEach(async () => {
      harness = await make(new VirtualClock());
      ({ journal } = harness);
    });
    afterEach(async () => harness.close());

    const names = async (): Promise<string[]> =>
      (await journal.notifications.list({ limit: 100 })).toReversed().map((one) => one.name);

    it('tells of a drift once, whichever replica sees it, and again after all was in step', async () => {
      const { notifications } = journal;
      const see = async (detail: string) => notifications.flip('checkout', 'drift', detail, drifted(detail));
      await Promise.all([see('edited'), see('edited')]);
      journal = await harness.reopen();
      await journal.notifications.flip('checkout', 'drift', 'edited', drifted('edited'));
      expect(await names()).toEqual(['drift.detected']);
      await journal.notifications.flipBack('checkout', 'drift', '', () => undefined);
      await journal.notifications.flip('checkout', 'drift', 'edited', drifted('edited'));
      expect(await names()).toEqual(['drift.detected', 'drift.detected']);
    });

    it('tells of its end once, whichever replica sees it, and of none that was not told', async () => {
      const ended = (detail: string) =>
        ({ name: 'drift.ended', rotation: 'checkout', data: { detail, mendedBy: null } }) as const;
      const end = async () => journal.notifications.flipBack('checkout', 'drift', '', ended);
      await end();
      expect(await names()).toEqual([]);
      await journal.notifications.flip('checkout', 'drift', 'edited', drifted('edited'));
      await Promise.all([end(), end()]);
      journal = await harness.reopen();
      await end();
      expect(await names()).toEqual(['drift.detected', 'drift.ended']);
    });
  });
}
