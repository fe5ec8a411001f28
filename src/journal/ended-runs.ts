import type { Run } from '../rotation/run.js';

/** Of a thousand rotations the newest run, the newest that settled, and what else is asked of them. */
const MOST_KEPT = 4_000;
/** Characters of their JSON; in memory they are a few times as large. A run with 500 targets has 200,000. */
const MOST_CHARACTERS = 32_000_000;

type Kept = { readonly run: Run; readonly size: number };

type Read = (ids: readonly string[]) => Promise<readonly Run[]>;

/**
 * A run that has ended changes no more, so that it is read once, whoever has written it: with a thousand rotations at
 * rest to read their runs is most of what a list of them takes. Those that were asked for last are kept.
 */
export class EndedRuns {
  readonly #kept = new Map<string, Kept>();
  #size = 0;

  constructor(private readonly read: Read) {}

  /** Those of these runs that are there, in no order, ended or not. */
  async withThese(ids: readonly string[]): Promise<readonly Run[]> {
    const known = ids.flatMap((id) => this.#kept.get(id)?.run ?? []);
    const read = await this.read(ids.filter((id) => !this.#kept.has(id)));
    for (const run of [...known, ...read]) if (run.state.state === 'ended') this.#keep(run);
    return [...known, ...read];
  }

  #keep(run: Run): void {
    const size = this.#forget(run.id)?.size ?? JSON.stringify(run).length;
    this.#kept.set(run.id, { run, size });
    this.#size += size;
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MOST_KEPT && this.#size <= MOST_CHARACTERS) return;
      this.#forget(oldest);
    }
  }

  #forget(id: string): Kept | undefined {
    const kept = this.#kept.get(id);
    this.#kept.delete(id);
    this.#size -= kept?.size ?? 0;
    return kept;
  }
}
