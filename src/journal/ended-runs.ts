import { LRUCache } from 'lru-cache';
import type { Run } from '../rotation/run.js';

/** Of a thousand rotations the newest run, the newest that settled, and what else is asked of them. */
const MOST_KEPT = 4_000;
/** Characters of their JSON; in memory they are a few times as large. A run with 500 targets has 200,000. */
const MOST_CHARACTERS = 32_000_000;

type Read = (ids: readonly string[]) => Promise<readonly Run[]>;

/**
 * A run that has ended changes no more, so that it is read once, whoever has written it: with a thousand rotations at
 * rest to read their runs is most of what a list of them takes. Those that were asked for last are kept.
 */
export class EndedRuns {
  readonly #kept = new LRUCache<string, Run>({
    max: MOST_KEPT,
    maxSize: MOST_CHARACTERS,
    sizeCalculation: (run) => JSON.stringify(run).length,
  });

  constructor(private readonly read: Read) {}

  /** Those of these runs that are there, in no order, ended or not. */
  async withThese(ids: readonly string[]): Promise<readonly Run[]> {
    const found = ids.map((id) => this.#kept.get(id));
    const known = found.filter((run) => run !== undefined);
    if (known.length === ids.length) return known;
    const read = await this.read(ids.filter((_, index) => found[index] === undefined));
    for (const run of read) if (run.state.state === 'ended') this.#kept.set(run.id, run);
    return [...known, ...read];
  }
}
