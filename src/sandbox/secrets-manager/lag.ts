import type { StoredSecret } from './secrets.js';

/** How long reads show the world before a write: this many reads, or until this many milliseconds are over. */
export type Lag = { readonly reads: number } | { readonly ms: number };

type Old = { readonly secret: StoredSecret | undefined; reads: number; readonly until: number };

/**
 * Reads are eventually consistent: right after a write a version may be missing and a label may sit where it was
 * (https://github.com/aws/aws-sdk-js-v3/issues/7701). Writes always act on the secret as it is.
 */
export class EventualReads {
  readonly #old = new Map<string, Old>();
  lag: Lag | undefined;

  /** To be called before a write, with a look that the write cannot change; keeps it once the write has happened. */
  before(name: string, secret: StoredSecret | undefined): () => void {
    const lag = this.lag;
    if (lag === undefined) return () => {};
    const old = this.#unexpired(name);
    const shown = old === undefined ? secret && structuredClone(secret) : old.secret;
    return () => {
      const reads = 'reads' in lag ? lag.reads : Infinity;
      const until = 'ms' in lag ? performance.now() + lag.ms : Infinity;
      this.#old.set(name, { secret: shown, reads, until });
    };
  }

  /** What the next read of this secret is shown. */
  read(name: string, secret: StoredSecret | undefined): StoredSecret | undefined {
    const old = this.#unexpired(name);
    if (old === undefined) return secret;
    old.reads -= 1;
    return old.secret;
  }

  settle(): void {
    this.#old.clear();
  }

  #unexpired(name: string): Old | undefined {
    const old = this.#old.get(name);
    if (old === undefined || (old.reads > 0 && performance.now() < old.until)) return old;
    this.#old.delete(name);
    return undefined;
  }
}
