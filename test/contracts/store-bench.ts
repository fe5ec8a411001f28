import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect } from '@jest/globals';
import { mintToken } from '../../src/rotation/tokens.js';
import { Secret } from '../../src/rotation/secret.js';
import type { Pin, StageKey, Store, VersionId } from '../../src/stores/store.js';

/** A store in front of one secret, and the truth about that secret. */
export type StoreHarness = {
  /** Another store object over the same secret, as another process would have it. */
  open(): Store;
  currentVersion(): VersionId | undefined;
  /** The token in each version. */
  held(): ReadonlyMap<VersionId, string>;
  labelled(): readonly VersionId[];
  /** Somebody else makes another token current. */
  moveCurrentTo(token: Secret): VersionId;
  /** From the next write on, a few reads show the world before it. Absent: this store's reads never lag. */
  lag?(): void;
  /** The next call of this kind takes effect, and its caller is told that it failed. */
  loseReply(call: 'stage' | 'promote' | 'release'): void;
  /** The next request is held for ever; resolves when it has come. Absent: nothing can be held in this store. */
  hold?(): Promise<void>;
  close(): Promise<void>;
};

/** `token`: what the secret holds at the beginning; without it there is no secret. */
export type MakeStoreHarness = (token?: Secret) => Promise<StoreHarness>;

export function stageKey(): StageKey {
  return randomBytes(32).toString('hex') as StageKey;
}

export function unknownVersion(): VersionId {
  return randomBytes(32).toString('hex') as VersionId;
}

export const never = new AbortController().signal;

export const failing = (code: string): unknown => expect.objectContaining({ name: 'RotorError', code });

/** What every test of the contract starts from: a secret that holds `first` in the version `initial`. */
export class StoreBench {
  first!: Secret;
  harness!: StoreHarness;
  store!: Store;
  initial!: VersionId;

  constructor(readonly make: MakeStoreHarness) {
    beforeEach(async () => {
      this.first = mintToken();
      await this.#open(this.first);
      this.initial = this.harness.currentVersion() as VersionId;
    });
    afterEach(() => this.harness.close());
  }

  /** Starts again from a secret that does not exist. */
  async empty(): Promise<void> {
    await this.harness.close();
    await this.#open(undefined);
  }

  staged(token: Secret = mintToken()): Promise<Pin> {
    return this.store.stage(stageKey(), token, null, never);
  }

  async #open(token: Secret | undefined): Promise<void> {
    this.harness = await this.make(token);
    this.store = this.harness.open();
  }
}
