import { describe, expect, it } from '@jest/globals';
import { mintToken } from '../../src/rotation/tokens.js';
import { failing, never, unknownVersion, type MakeStoreHarness, StoreBench } from './store-bench.js';
import { promotePromises, releasePromises } from './store-promote.contract.js';
import { stagePromises } from './store-stage.contract.js';
import { troublePromises } from './store-trouble.contract.js';

/** The promises of `src/stores/store.ts`. */
export function storeContract(name: string, makeHarness: MakeStoreHarness): void {
  describe(`${name} keeps the promises of a store`, () => {
    const bench = new StoreBench(makeHarness);
    readPromises(bench);
    stagePromises(bench);
    promotePromises(bench);
    releasePromises(bench);
    troublePromises(bench);
  });
}

function readPromises(bench: StoreBench): void {
  describe('preflight', () => {
    it('passes a secret that is there and changes nothing', async () => {
      await bench.store.preflight(never);
      expect([...bench.harness.held().values()]).toEqual([bench.first.reveal()]);
    });

    it('passes a secret that is not there yet', async () => {
      await bench.empty();
      await expect(bench.store.preflight(never)).resolves.toEqual([]);
    });
  });

  describe('heads', () => {
    it('is empty where there is no secret', async () => {
      await bench.empty();
      expect(await bench.store.heads(never)).toEqual({ staged: [] });
    });

    it('names the current version and its token, and nothing as staged that Rotor did not stage', async () => {
      const current = { version: bench.initial, fingerprint: bench.first.fingerprint };
      expect(await bench.store.heads(never)).toEqual({ current, staged: [] });
    });

    it('names each staged version, and the current one among them while it has the label', async () => {
      const one = await bench.staged();
      const two = await bench.staged();
      await bench.store.promote(one.version, bench.initial, never);
      const heads = await bench.store.heads(never);
      expect(heads.current).toEqual(one);
      expect(heads.staged).toHaveLength(2);
      expect(heads.staged).toEqual(expect.arrayContaining([one, two]));
    });

    it('sees what somebody else has made current', async () => {
      const theirs = mintToken();
      const version = bench.harness.moveCurrentTo(theirs);
      const heads = await bench.store.heads(never);
      expect(heads.current).toEqual({ version, fingerprint: theirs.fingerprint });
    });
  });

  describe('versions', () => {
    it('are none where there is no secret', async () => {
      await bench.empty();
      expect(await bench.store.versions(never)).toEqual([]);
    });

    it('are those with a label, the current one first, each with what it is kept for', async () => {
      const current = await bench.staged();
      await bench.store.promote(current.version, bench.initial, never);
      const pending = await bench.staged();
      const previous = { version: bench.initial, fingerprint: bench.first.fingerprint };
      const found = await bench.store.versions(never);
      expect(found).toHaveLength(3);
      expect(found[0]).toMatchObject({ ...current, role: 'current' });
      expect(found).toEqual(
        expect.arrayContaining([
          { ...pending, role: 'pending', labels: [expect.any(String)] },
          { ...previous, role: 'previous', labels: [expect.any(String)] },
        ]),
      );
    });
  });

  describe('read', () => {
    it('gives what was staged, also to another process', async () => {
      const token = mintToken();
      const { version } = await bench.staged(token);
      for (const reader of [bench.store, bench.harness.open()]) {
        expect((await reader.read(version, never)).equals(token)).toBe(true);
      }
    });

    it('says that a version is missing', async () => {
      const unknown = unknownVersion();
      await expect(bench.store.read(unknown, never)).rejects.toEqual(failing('store_missing'));
    });

    it('says that the secret is missing', async () => {
      await bench.empty();
      await expect(bench.store.read(bench.initial, never)).rejects.toEqual(failing('store_missing'));
    });
  });
}
