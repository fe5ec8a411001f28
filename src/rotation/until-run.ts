import type { Journal } from '../journal/journal.js';
import type { Run } from './run.js';
import { Stop } from './stop.js';

/**
 * The run as soon as it is so; undefined when the signal aborts before. Throws what the journal throws. Listens before
 * it looks, so that what is written in between is not missed.
 */
export async function untilRun(
  journal: Pick<Journal, 'find' | 'nextSign'>,
  id: string,
  isSo: (run: Run | undefined) => boolean,
  signal: AbortSignal,
): Promise<Run | undefined> {
  while (!signal.aborted) {
    using looked = new Stop([signal]);
    const sign = journal.nextSign(id, looked.signal);
    // What it fails with, the look fails with too; until then nobody may be listening.
    const over = sign.catch(() => undefined);
    try {
      const run = await journal.find(id);
      if (isSo(run)) return run;
      await sign;
    } finally {
      looked.abort();
      await over;
    }
  }
  return undefined;
}
