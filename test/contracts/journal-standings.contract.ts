import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Journal } from '../../src/journal/journal.js';
import { REMOVED_AFTER_MS } from '../../src/journal/standings.js';
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

    describe('of the rotations that replicas have', () => {
      const removed = (rotation: string) =>
        ({ name: 'rotation.removed', rotation, data: { detail: 'gone' } }) as const;
      const declare = async (...rotations: string[]) => journal.notifications.declare(rotations, removed);
      const see = async (rotation: string) =>
        journal.notifications.flip(rotation, 'drift', 'edited', { ...drifted('edited'), rotation });

      it('tells once of each that none of them has any more, and forgets what stood of it', async () => {
        await declare('checkout', 'checkout-2');
        expect(await names()).toEqual([]);
        await see('checkout');
        await see('checkout-2');
        expect(await journal.notifications.standings('drift')).toEqual(
          new Map([
            ['checkout', 'edited'],
            ['checkout-2', 'edited'],
          ]),
        );
        await harness.passLease(REMOVED_AFTER_MS);
        await Promise.all([declare('checkout-2'), declare('checkout-2')]);
        journal = await harness.reopen();
        await declare('checkout-2');
        expect((await names()).slice(2)).toEqual(['rotation.removed']);
        await declare('checkout', 'checkout-2');
        await see('checkout');
        await see('checkout-2');
        expect((await names()).slice(3)).toEqual(['drift.detected']);
      });

      it('tells nothing as long as one of them has it, whoever started last, and its end once none has', async () => {
        await see('checkout');
        for (let passed = 0; passed <= 2 * REMOVED_AFTER_MS; passed += REMOVED_AFTER_MS / 2) {
          await declare('checkout', 'checkout-2');
          await declare('checkout-2');
          await see('checkout');
          await harness.passLease(REMOVED_AFTER_MS / 2);
        }
        await declare('checkout-2');
        expect(await names()).toEqual(['drift.detected']);
        await harness.passLease(REMOVED_AFTER_MS / 2);
        await declare('checkout-2');
        await declare('checkout-2');
        expect(await names()).toEqual(['drift.detected', 'rotation.removed']);
      });

      it('knows as many as there are', async () => {
        const many = Array.from({ length: 1_200 }, (_, number) => `checkout-${number}`);
        await declare(...many);
        await harness.passLease(REMOVED_AFTER_MS);
        await declare(...many.slice(3));
        expect(await names()).toHaveLength(3);
      });
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
