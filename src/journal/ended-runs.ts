import type { Run } from '../rotation/run.js';

/** Of a thousand rotations the newest run, the newest that settled, and what else is asked of them. */
const MOST_KEPT = 4_000;

type Read = (ids: readonly string[]) => Promise<readonly Run[]>;

/**
 * A run that has ended changes no more, so that it is read once, whoever has written it: with a thousand rotations at
 * rest to read their runs is most of what a list of them takes. Those that were asked for last are kept.
 */
export class EndedRuns {
  readonly #kept = new Map<string, Run>();

  constructor(private readonly read: Read) {}

  /** Those of these runs that are there, in no order, ended or not. */
  async withThese(ids: readonly string[]): Promise<readonly Run[]> {
    const known = ids.flatMap((id) => this.#kept.get(id) ?? []);
    const read = await this.read(ids.filter((id) => !this.#kept.has(id)));
    for (const run of [...known, ...read]) if (run.state.state === 'ended') this.#keep(run);
    return [...known, ...read];
  }

  #keep(run: Run): void {
    this.#kept.delete(run.id);
    this.#kept.set(run.id, run);
    if (this.#kept.size <= MOST_KEPT) return;
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined) this.#kept.delete(oldest);
  }
}
