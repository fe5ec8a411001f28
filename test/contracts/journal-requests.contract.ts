import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RotorError } from '../../src/rotation/errors.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { aRun, refused, type JournalHarness } from './journal.contract.js';

const DAY = 24 * 60 * 60_000;
const request = { key: '8e03978e', hash: 'of what it says' };

/** What the journal promises of requests that are sent again. */
export function requestsContract(name: string, make: (clock: VirtualClock) => Promise<JournalHarness>): void {
  describe(`journal ${name}, to which a client sends a request again`, () => {
    let clock: VirtualClock;
    let harness: JournalHarness;

    beforeEach(async () => {
      clock = new VirtualClock();
      harness = await make(clock);
    });
    afterEach(async () => harness.close());

    const endRun = async (): Promise<void> => {
      const claim = await harness.journal.claim();
      if (!claim) throw new Error('nothing was claimed');
      await harness.journal.append(claim, { state: refused });
    };

    it('answers with the run that it has opened before, also after its end and after a restart', async () => {
      const first = await harness.journal.open(aRun({ request }));
      expect(first).not.toHaveProperty('request');
      expect(await harness.journal.open(aRun({ request }))).toMatchObject({ id: first.id });
      await endRun();
      await harness.reopen();
      expect(await harness.journal.open(aRun({ request }))).toMatchObject({
        id: first.id,
        state: { state: 'ended' },
      });
      expect(await harness.journal.list({ limit: 10 })).toHaveLength(1);
      expect(await harness.journal.verify()).toMatchObject({ faults: [] });
    });

    it('opens several for one request, and none for another one that comes with its key', async () => {
      const ofWhole = (rotation: string, hash: string) =>
        aRun({
          rotation,
          storeKey: `store:${rotation}`,
          request: { key: `${hash}/${rotation}`, hash, whole: { key: 'several/', hash } },
        });
      await harness.journal.open(ofWhole('checkout', 'one'));
      await harness.journal.open(ofWhole('search', 'one'));
      const other = harness.journal.open(ofWhole('docs', 'other'));
      await expect(other).rejects.toMatchObject({ code: 'idempotency_key_reused' });
      expect(await harness.journal.list({ limit: 10 })).toHaveLength(2);
    });

    it('opens one run for two that come at once', async () => {
      const both = await Promise.all([
        harness.journal.open(aRun({ request })),
        harness.journal.open(aRun({ request })),
      ]);
      expect(both[0].id).toBe(both[1].id);
      expect(await harness.journal.list({ limit: 10 })).toHaveLength(1);
    });

    it('asks a run once for two that come at once, and no more after its answer and a restart', async () => {
      const { id } = await harness.journal.open(aRun());
      const ask = async (over: Partial<typeof request> = {}) =>
        harness.journal.ask(
          id,
          { what: 'retry', reason: 'now' },
          ({ asked, state }) => {
            if (asked || state.state === 'ended') throw new RotorError('not_possible', 'asked already');
          },
          { ...request, ...over },
        );
      expect((await Promise.all([ask(), ask()])).map((run) => run.id)).toEqual([id, id]);
      await endRun();
      await harness.reopen();
      expect(await ask()).toMatchObject({ id, state: { state: 'ended' } });
      const said = (await harness.journal.entries(id)).filter(({ asked }) => asked);
      expect(said).toHaveLength(1);
      await expect(ask({ hash: 'of something else' })).rejects.toMatchObject({
        code: 'idempotency_key_reused',
      });
      await expect(ask({ key: 'refused' })).rejects.toMatchObject({ code: 'not_possible' });
      expect(await harness.journal.openedBy({ ...request, key: 'refused' })).toBeUndefined();
    });

    it('says once what a request says of a rotation, and keeps the first answer for a day and over a restart', async () => {
      const pause = { what: 'pause', rotation: 'checkout', reason: 'a freeze', by: 'ada' } as const;
      const { answers } = harness.journal;
      expect(await answers.isKnown(request)).toBe(false);
      const both = [harness.journal.actOnce(pause, request), harness.journal.actOnce(pause, request)];
      expect(new Set(await Promise.all(both))).toEqual(new Set([false, true]));
      expect(await answers.isKnown(request)).toBe(true);
      expect(await answers.keep(request, 'first')).toBe('first');
      expect(await answers.keep(request, 'second')).toBe('first');
      const journal = await harness.reopen();
      expect(await journal.answers.isKnown(request)).toBe(true);
      expect(await journal.answers.keep(request, 'third')).toBe('first');
      expect(await journal.actOnce(pause, request)).toBe(false);
      expect((await journal.verify()).acts).toBe(1);
      expect(await journal.actOnce(undefined, { key: 'nothing to say', hash: 'x' })).toBe(true);
      expect((await journal.verify()).acts).toBe(1);
      clock.advance(DAY);
      expect(await journal.answers.isKnown(request)).toBe(false);
      expect(await journal.actOnce(pause, request)).toBe(true);
    });

    it('refuses the key of what was said of a rotation with any other request, and the other way round', async () => {
      const pause = { what: 'pause', rotation: 'checkout', reason: 'a freeze', by: 'ada' } as const;
      const { journal } = harness;
      const other = { ...request, hash: 'of something else' };
      const reused = { code: 'idempotency_key_reused' };
      await journal.actOnce(pause, request);
      await expect(journal.open(aRun({ request: other }))).rejects.toMatchObject(reused);
      await expect(journal.actOnce(pause, other)).rejects.toMatchObject(reused);
      await expect(journal.answers.isKnown(other)).rejects.toMatchObject(reused);
      const ofRun = { key: 'of a run', hash: 'x' };
      await journal.open(aRun({ request: ofRun }));
      await expect(journal.actOnce(pause, { ...ofRun, hash: 'y' })).rejects.toMatchObject(reused);
      expect((await journal.verify()).acts).toBe(1);
    });

    it('refuses another request with the same key, and names the run of the first', async () => {
      const first = await harness.journal.open(aRun({ request }));
      const other = { ...request, hash: 'of something else' };
      const reused = { code: 'idempotency_key_reused', message: expect.stringContaining(first.id) };
      await expect(harness.journal.open(aRun({ request: other }))).rejects.toMatchObject(reused);
      await expect(harness.journal.openedBy(other)).rejects.toMatchObject(reused);
    });

    it('knows nothing of a request that was refused, so that it may be sent again', async () => {
      await harness.journal.open(aRun());
      const inTheWay = { code: 'rotation_in_progress' };
      await expect(harness.journal.open(aRun({ request }))).rejects.toMatchObject(inTheWay);
      expect(await harness.journal.openedBy(request)).toBeUndefined();
      await endRun();
      await harness.journal.open(aRun({ request }));
    });

    it('forgets a request after a day', async () => {
      const first = await harness.journal.open(aRun({ request }));
      await endRun();
      clock.advance(DAY - 1);
      expect(await harness.journal.openedBy(request)).toMatchObject({ id: first.id });
      clock.advance(1);
      expect(await harness.journal.openedBy(request)).toBeUndefined();
      expect((await harness.journal.open(aRun({ request }))).id).not.toBe(first.id);
    });
  });
}
