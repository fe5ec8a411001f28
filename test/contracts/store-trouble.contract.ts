import { expect, it } from '@jest/globals';
import { mintToken } from '../../src/rotation/tokens.js';
import { failing, never, type StoreBench, stageKey, unknownVersion } from './store-bench.js';

export function troublePromises(bench: StoreBench): void {
  it('copes with reads that lag behind its writes', async () => {
    const token = mintToken();
    bench.harness.lag?.();
    const { version } = await bench.staged(token);
    expect((await bench.harness.open().read(version, never)).equals(token)).toBe(true);
    await bench.harness.open().promote(version, bench.initial, never);
    await bench.harness.open().promote(version, bench.initial, never);
    await bench.harness.open().release(version, never);
    expect(bench.harness.currentVersion()).toBe(version);
    expect(bench.harness.labelled()).toEqual([]);
  });

  it('copes with reads that lag behind the making of the secret', async () => {
    await bench.empty();
    bench.harness.lag?.();
    const key = stageKey();
    const token = mintToken();
    const pin = await bench.store.stage(key, token, null, never);
    expect(await bench.harness.open().stage(key, mintToken(), null, never)).toEqual(pin);
    expect((await bench.store.read(pin.version, never)).equals(token)).toBe(true);
    expect(bench.harness.currentVersion()).toBe(pin.version);
  });

  const calls: Record<string, (signal: AbortSignal) => Promise<unknown>> = {
    preflight: (signal) => bench.store.preflight(signal),
    heads: (signal) => bench.store.heads(signal),
    stage: (signal) => bench.store.stage(stageKey(), mintToken(), null, signal),
    read: (signal) => bench.store.read(bench.initial, signal),
    promote: (signal) => bench.store.promote(unknownVersion(), bench.initial, signal),
    release: (signal) => bench.store.release(unknownVersion(), signal),
  };

  it.each(Object.entries(calls))(
    '%s stops before it begins where the signal has aborted',
    async (_name, call) => {
      await expect(call(AbortSignal.abort())).rejects.toEqual(failing('store_unavailable'));
      expect(bench.harness.held().size).toBe(1);
    },
  );

  it.each(Object.entries(calls))('%s stops in the middle when the signal aborts', async (_name, call) => {
    const stop = new AbortController();
    const come = bench.harness.hold?.();
    // A store that nothing can hold has no middle: there the signal aborts before.
    if (come === undefined) stop.abort();
    const ended = Promise.allSettled([call(stop.signal)]);
    await come;
    stop.abort();
    expect(await ended).toMatchObject([{ status: 'rejected', reason: failing('store_unavailable') }]);
    expect(bench.harness.held().size).toBe(1);
  });
}
