import { describe, expect, it } from '@jest/globals';
import { RotorError } from '../../src/rotation/errors.js';
import { mintToken } from '../../src/rotation/tokens.js';
import type { VersionId } from '../../src/stores/store.js';
import { stageKey, type StoreHarness } from '../contracts/store-bench.js';
import { storeContract } from '../contracts/store.contract.js';
import { FakeStore } from '../fakes/fake-store.js';

function harnessOf(store: FakeStore): StoreHarness {
  return {
    open: () => store,
    currentVersion: () => store.currentVersion,
    held: () => store.values,
    labelled: () => [...store.labelled],
    moveCurrentTo: (token) => store.moveCurrentTo(token.reveal()),
    loseReply: (call) =>
      store.failNext(call, new RotorError('store_unavailable', 'The reply is lost.'), 'after'),
    close: () => Promise.resolve(),
  };
}

storeContract('the store in memory', (token) => Promise.resolve(harnessOf(new FakeStore(token?.reveal()))));

describe('the store in memory', () => {
  const signal = new AbortController().signal;

  it('throws what it is told to, in order, and then works again', async () => {
    const store = new FakeStore();
    const errors = [new RotorError('store_denied', 'one'), new RotorError('store_unavailable', 'two')];
    for (const error of errors) store.failNext('stage', error);
    for (const error of errors)
      await expect(store.stage(stageKey(), mintToken(), null, signal)).rejects.toBe(error);
    expect(store.values.size).toBe(0);
    await store.stage(stageKey(), mintToken(), null, signal);
    expect(store.currentVersion).toBeDefined();
  });

  it('shows the token that is current', () => {
    const token = mintToken().reveal();
    expect(new FakeStore(token).currentToken).toBe(token);
    expect(new FakeStore().currentToken).toBeUndefined();
    expect(new FakeStore(token).values.get('unknown' as VersionId)).toBeUndefined();
  });
});
