import { describe, expect, it } from '@jest/globals';
import { mintToken } from '../../src/rotation/tokens.js';
import { failing, never, unknownVersion, type StoreBench } from './store-bench.js';

export function promotePromises(bench: StoreBench): void {
  describe('promote', () => {
    it('makes a version current where the expected one is', async () => {
      const pin = await bench.staged();
      await bench.store.promote(pin.version, bench.initial, never);
      expect(bench.harness.currentVersion()).toBe(pin.version);
    });

    it('changes nothing and says so where somebody else has moved it', async () => {
      const pin = await bench.staged();
      const theirs = bench.harness.moveCurrentTo(mintToken());
      await expect(bench.store.promote(pin.version, bench.initial, never)).rejects.toEqual(
        failing('store_conflict'),
      );
      expect(bench.harness.currentVersion()).toBe(theirs);
    });

    it('resolves where the version is current already', async () => {
      const pin = await bench.staged();
      await bench.store.promote(pin.version, bench.initial, never);
      await bench.store.promote(pin.version, bench.initial, never);
      await bench.store.promote(pin.version, pin.version, never);
      await bench.harness.open().promote(pin.version, unknownVersion(), never);
      expect(bench.harness.currentVersion()).toBe(pin.version);
    });

    it('lets one of two win who expect the same', async () => {
      const pins = [await bench.staged(), await bench.staged()];
      const ended = await Promise.allSettled(
        pins.map(({ version }) => bench.harness.open().promote(version, bench.initial, never)),
      );
      expect(ended.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      const winner = pins[ended.findIndex(({ status }) => status === 'fulfilled')];
      const loser = ended.find((end) => end.status === 'rejected');
      expect(loser).toMatchObject({ reason: failing('store_conflict') });
      expect(bench.harness.currentVersion()).toBe(winner?.version);
    });

    it('goes back to a version that was current before', async () => {
      const pin = await bench.staged();
      await bench.store.promote(pin.version, bench.initial, never);
      await bench.store.promote(bench.initial, pin.version, never);
      expect(bench.harness.currentVersion()).toBe(bench.initial);
    });

    it('resolves when its reply was lost and it runs again', async () => {
      const pin = await bench.staged();
      bench.harness.loseReply('promote');
      await expect(bench.store.promote(pin.version, bench.initial, never)).rejects.toEqual(
        failing('store_unavailable'),
      );
      await bench.harness.open().promote(pin.version, bench.initial, never);
      expect(bench.harness.currentVersion()).toBe(pin.version);
    });

    it('says that a version is missing', async () => {
      const unknown = unknownVersion();
      await expect(bench.store.promote(unknown, bench.initial, never)).rejects.toEqual(
        failing('store_missing'),
      );
      expect(bench.harness.currentVersion()).toBe(bench.initial);
    });
  });
}

export function releasePromises(bench: StoreBench): void {
  describe('release', () => {
    it("takes Rotor's label off one version and nothing else", async () => {
      const one = await bench.staged();
      const two = await bench.staged();
      await bench.store.promote(one.version, bench.initial, never);
      await bench.store.release(one.version, never);
      expect(bench.harness.labelled()).toEqual([two.version]);
      expect(bench.harness.currentVersion()).toBe(one.version);
      expect(bench.harness.held().size).toBe(3);
    });

    it('leaves a version without the label alone', async () => {
      const pin = await bench.staged();
      await bench.store.release(pin.version, never);
      for (const version of [pin.version, bench.initial, unknownVersion()]) {
        await bench.store.release(version, never);
      }
      expect(bench.harness.currentVersion()).toBe(bench.initial);
      expect(bench.harness.held().size).toBe(2);
    });

    it('resolves when its reply was lost and it runs again', async () => {
      const pin = await bench.staged();
      bench.harness.loseReply('release');
      await expect(bench.store.release(pin.version, never)).rejects.toEqual(failing('store_unavailable'));
      await bench.harness.open().release(pin.version, never);
      expect(bench.harness.labelled()).toEqual([]);
    });
  });
}
