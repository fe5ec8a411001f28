import { setTimeout as delay } from 'node:timers/promises';
import { inTime } from '../rotation/in-time.js';

/** In which whoever looks at the same time is waited for. */
const GATHERED_WITHIN_MS = 10;

/**
 * Reads once for all that look at the same time. Who comes while that is going on gets the next one: of this one a part
 * may be older than what was just delivered.
 */
export class Gathering<Wanted, Found> {
  #next: Batch<Wanted, Found> | undefined;
  #reading: Promise<unknown> = Promise.resolve();

  /** `work` of whoever comes first is what is done. Throws what it throws, and where the signal aborts, its reason. */
  async read(
    wanted: Wanted,
    work: (all: readonly Wanted[], signal: AbortSignal) => Promise<Found>,
    signal: AbortSignal,
  ): Promise<Found> {
    const batch = (this.#next ??= this.#gather(work));
    batch.wanted.push(wanted);
    try {
      return await inTime(batch.found, signal);
    } finally {
      batch.left += 1;
      if (this.#next !== batch) stopIfAlone(batch);
    }
  }

  #gather(work: (all: readonly Wanted[], signal: AbortSignal) => Promise<Found>): Batch<Wanted, Found> {
    const found = this.#reading.then(async () => {
      await delay(GATHERED_WITHIN_MS);
      this.#next = undefined;
      stopIfAlone(batch);
      return work(batch.wanted, batch.stop.signal);
    });
    const batch: Batch<Wanted, Found> = { wanted: [], stop: new AbortController(), left: 0, found };
    this.#reading = found.catch(() => undefined);
    return batch;
  }
}

type Batch<Wanted, Found> = {
  readonly wanted: Wanted[];
  /** Once nobody waits for it any more. */
  readonly stop: AbortController;
  left: number;
  readonly found: Promise<Found>;
};

function stopIfAlone({ left, wanted, stop }: Batch<unknown, unknown>): void {
  if (left === wanted.length) stop.abort();
}
