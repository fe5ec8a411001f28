import { describe, expect, it } from '@jest/globals';
import { Secret } from '../../src/rotation/secret.js';
import { mintToken } from '../../src/rotation/tokens.js';
import type { VersionId } from '../../src/stores/store.js';
import { failing, never, stageKey, type StoreBench, unknownVersion } from './store-bench.js';

export function stagePromises(bench: StoreBench): void {
  describe('stage', () => {
    it('keeps what is current and tells which token the new version holds', async () => {
      const token = mintToken();
      const pin = await bench.staged(token);
      expect(pin.fingerprint).toBe(token.fingerprint);
      expect(bench.harness.held().get(pin.version)).toBe(token.reveal());
      expect(bench.harness.currentVersion()).toBe(bench.initial);
      expect(bench.harness.labelled()).toEqual([pin.version]);
    });

    it('makes one version of one key, however often it runs', async () => {
      const key = stageKey();
      const token = mintToken();
      const pins = [
        await bench.store.stage(key, token, null, never),
        await bench.harness.open().stage(key, token, null, never),
      ];
      expect(pins[1]).toEqual(pins[0]);
      expect(bench.harness.held().size).toBe(2);
    });

    it('keeps the first value of a key and answers a second writer with it', async () => {
      const key = stageKey();
      const token = mintToken();
      const pin = await bench.store.stage(key, token, null, never);
      expect(await bench.harness.open().stage(key, mintToken(), null, never)).toEqual(pin);
      expect(pin.fingerprint).toBe(token.fingerprint);
      expect(bench.harness.held().get(pin.version)).toBe(token.reveal());
    });

    it('tells two writers at the same moment the same thing', async () => {
      const key = stageKey();
      const pins = await Promise.all(
        [1, 2, 3].map(() => bench.harness.open().stage(key, mintToken(), null, never)),
      );
      expect(pins[1]).toEqual(pins[0]);
      expect(pins[2]).toEqual(pins[0]);
      expect(bench.harness.held().size).toBe(2);
      expect(bench.harness.labelled()).toEqual([pins[0]?.version]);
      const stored = await bench.store.read(pins[0]?.version as VersionId, never);
      expect(stored.fingerprint).toBe(pins[0]?.fingerprint);
    });

    it('makes the first version of an absent secret current, and no later one', async () => {
      await bench.empty();
      const token = mintToken();
      const pin = await bench.staged(token);
      expect(bench.harness.currentVersion()).toBe(pin.version);
      expect(await bench.store.heads(never)).toEqual({ current: pin, staged: [pin] });
      await bench.staged();
      expect(bench.harness.currentVersion()).toBe(pin.version);
      expect(bench.harness.held().get(pin.version)).toBe(token.reveal());
    });

    it('makes no secret anew for a token that is built on a version', async () => {
      await bench.empty();
      const staged = bench.store.stage(stageKey(), mintToken(), unknownVersion(), never);
      await expect(staged).rejects.toEqual(failing('store_missing'));
      expect(bench.harness.held().size).toBe(0);
    });

    it('leaves one current version where two writers find no secret', async () => {
      await bench.empty();
      const pins = await Promise.all(
        [bench.harness.open(), bench.harness.open()].map((writer) =>
          writer.stage(stageKey(), mintToken(), null, never),
        ),
      );
      expect(new Set(pins.map(({ version }) => version)).size).toBe(2);
      expect(pins.map(({ version }) => version)).toContain(bench.harness.currentVersion());
      expect(bench.harness.held().size).toBe(2);
    });

    it('does the same when its reply is lost and it runs again', async () => {
      const key = stageKey();
      const token = mintToken();
      bench.harness.loseReply('stage');
      await expect(bench.store.stage(key, token, null, never)).rejects.toEqual(failing('store_unavailable'));
      const pin = await bench.harness.open().stage(key, token, null, never);
      expect(bench.harness.held().size).toBe(2);
      expect(bench.harness.labelled()).toEqual([pin.version]);
      expect(pin.fingerprint).toBe(token.fingerprint);
    });

    it('finds the secret that it made when the reply was lost', async () => {
      await bench.empty();
      const key = stageKey();
      const token = mintToken();
      bench.harness.loseReply('stage');
      await expect(bench.store.stage(key, token, null, never)).rejects.toEqual(failing('store_unavailable'));
      const pin = await bench.harness.open().stage(key, mintToken(), null, never);
      expect(pin.fingerprint).toBe(token.fingerprint);
      expect(bench.harness.currentVersion()).toBe(pin.version);
      expect(bench.harness.labelled()).toEqual([pin.version]);
    });

    it('refuses an empty token', async () => {
      await expect(bench.staged(new Secret(''))).rejects.toEqual(failing('store_refused'));
      expect(bench.harness.held().size).toBe(1);
    });
  });
}
