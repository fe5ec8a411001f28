import { backoffMs } from './backoff.js';
import { asRotorError } from './errors.js';
import type { Millis } from './run.js';
import type { FoundDrift, WatchDeps } from './watch.js';

const AGAIN = { baseMs: 60_000, capMs: 60 * 60_000 };

/** The runs that the watch has begun for one rotation: one that does not help is begun again by a back-off. */
export class Adoptions {
  #count = 0;
  #againAt: Millis = 0;
  #lastFor = '';

  constructor(
    private readonly rotation: string,
    private readonly deps: Pick<WatchDeps, 'clock' | 'random' | 'adopt'>,
  ) {}

  /** What the store's own rotation has made current is no drift, and is wanted whatever the config says. */
  mayBegin({ kind, detail }: FoundDrift, isWanted: boolean): boolean {
    const isOrdered = kind === 'rotated_by_store';
    // The adoption of another token says nothing of whether that of this one helps.
    if (isOrdered && detail !== this.#lastFor) return true;
    return this.deps.clock.now() >= this.#againAt && (isOrdered || isWanted);
  }

  async begin({ kind, detail, only }: FoundDrift): Promise<void> {
    const { clock, random, adopt } = this.deps;
    this.#count += 1;
    this.#lastFor = detail;
    this.#againAt = clock.now() + backoffMs(this.#count, AGAIN, random);
    try {
      await adopt(this.rotation, `${kind}: ${detail}`, only);
    } catch (error) {
      if (asRotorError(error).code !== 'rotation_in_progress') throw error;
    }
  }

  /** All is in step again: the back-off begins anew. */
  forget(): void {
    this.#count = 0;
  }
}
