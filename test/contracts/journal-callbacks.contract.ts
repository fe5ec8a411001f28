import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Journal } from '../../src/journal/journal.js';
import type { Fingerprint } from '../../src/rotation/secret.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import type { JournalHarness, MakeJournal } from './journal.contract.js';

const [OLD, NEW] = ['0a1b2c3d', '4e5f6a7b'] as [Fingerprint, Fingerprint];
const offer = (delivery: string, fingerprint: Fingerprint, target = 'web', receiver = 'here') => ({
  delivery,
  rotation: 'checkout',
  target,
  receiver,
  fingerprint,
});

/** Every promise in the prose of `callbacks.ts`. */
export function callbacksContract(name: string, make: MakeJournal): void {
  describe(`callbacks ${name}`, () => {
    let clock: VirtualClock;
    let harness: JournalHarness;
    let journal: Journal;

    beforeEach(async () => {
      clock = new VirtualClock();
      harness = await make(clock);
      ({ journal } = harness);
    });
    afterEach(async () => harness.close());

    const heard = async (fingerprint: Fingerprint, target = 'web', receiver = 'here') =>
      journal.callbacks.heard({ rotation: 'checkout', target, receiver, fingerprint });

    it('knows the tokens of every try of one delivery, and of no other', async () => {
      await journal.callbacks.offer(offer('dlv_1', NEW), 'first');
      await journal.callbacks.offer(offer('dlv_1', NEW), 'second');
      await journal.callbacks.offer(offer('dlv_2', NEW, 'api'), 'third');
      journal = await harness.reopen();
      const known = async (hash: string) => journal.callbacks.isKnown('dlv_1', hash);
      expect([await known('first'), await known('second'), await known('third')]).toEqual([
        true,
        true,
        false,
      ]);
    });

    it('has heard nothing of what was not taken, or of another target', async () => {
      await journal.callbacks.offer(offer('dlv_1', NEW), 'a');
      expect(await heard(NEW)).toEqual({});
      await journal.callbacks.sent('dlv_1');
      expect(await heard(NEW)).toEqual({ sentAt: clock.now() });
      expect(await heard(NEW, 'api')).toEqual({});
    });

    it('tells what was said of the token that was sent last, and of no older one', async () => {
      await journal.callbacks.offer(offer('dlv_1', OLD), 'a');
      await journal.callbacks.confirm('dlv_1', OLD, { seen: 3, of: 3 });
      expect(await heard(OLD)).toEqual({ instances: { seen: 3, of: 3 }, lastOf: 3 });
      await journal.callbacks.offer(offer('dlv_2', NEW), 'b');
      expect(await heard(OLD)).toMatchObject({ instances: { seen: 3, of: 3 } });
      await journal.callbacks.sent('dlv_2');
      expect(await heard(OLD)).toEqual({ lastOf: 3 });
      expect(await heard(NEW)).toEqual({ sentAt: clock.now(), lastOf: 3 });
    });

    it('takes the word of one receiver for no word of another that has come in its place', async () => {
      await journal.callbacks.offer(offer('dlv_1', NEW), 'a');
      await journal.callbacks.confirm('dlv_1', NEW, { seen: 2, of: 2 });
      expect(await heard(NEW, 'web', 'there')).toEqual({});
      await journal.callbacks.offer(offer('dlv_2', NEW, 'web', 'there'), 'b');
      await journal.callbacks.sent('dlv_2');
      expect(await heard(NEW, 'web', 'there')).toEqual({ sentAt: clock.now() });
      expect(await heard(NEW)).toMatchObject({ instances: { seen: 2, of: 2 } });
    });

    it('keeps what was said over another try', async () => {
      await journal.callbacks.offer(offer('dlv_1', NEW), 'a');
      await journal.callbacks.confirm('dlv_1', NEW, { seen: 1, of: 2 });
      await journal.callbacks.offer(offer('dlv_1', NEW), 'b');
      expect(await heard(NEW)).toMatchObject({ instances: { seen: 1, of: 2 } });
    });

    it('refuses a word of another token, and of a delivery that is not there', async () => {
      await journal.callbacks.offer(offer('dlv_1', NEW), 'a');
      const one = { seen: 1, of: 1 };
      const another = journal.callbacks.confirm('dlv_1', OLD, one);
      await expect(another).rejects.toMatchObject({ code: 'request_invalid' });
      const nowhere = journal.callbacks.confirm('dlv_9', NEW, one);
      await expect(nowhere).rejects.toMatchObject({ code: 'not_found' });
      expect(await heard(NEW)).toEqual({});
    });
  });
}
