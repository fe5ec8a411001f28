import { stallOf } from '../../src/rotation/run.js';
import type { World } from './world.js';

/** Definite answers of the API before it acts. */
const NOT_APPLIED = [400, 401, 403, 404, 429, 449];

/** What each run has sent and what is not proven to have done nothing: one, and one more each time that a person asks. */
export class Resets {
  readonly #unproven = new Map<string, number>();

  constructor(private readonly world: World) {}

  /** Counts one. */
  sent(run: string): { readonly count: number; readonly allowed: number } {
    const count = (this.#unproven.get(run) ?? 0) + 1;
    this.#unproven.set(run, count);
    return { count, allowed: 1 + this.#asked(run) };
  }

  answered(run: string, status: number): void {
    if (NOT_APPLIED.includes(status)) this.#unproven.set(run, (this.#unproven.get(run) ?? 1) - 1);
  }

  /** When all is over: a reset that a person asked for and that was declined allows none. A sentence for each run. */
  async excess(): Promise<string[]> {
    const said: string[] = [];
    for (const [run, count] of this.#unproven) {
      const allowed = 1 + this.#asked(run) - (await this.#declined(run));
      if (count > allowed) said.push(`${count} resets for one run, where ${allowed} may be`);
    }
    return said;
  }

  #asked(run: string): number {
    return this.world.wishes.filter((wish) => wish.run === run && wish.what === 'reset_again').length;
  }

  /** Their answer leaves the run where it was. */
  async #declined(run: string): Promise<number> {
    let isOpen = false;
    let declined = 0;
    for (const { asked, state } of await this.world.journal.entries(run)) {
      if (asked) isOpen = asked.what === 'reset_again';
      if (asked !== null) continue;
      if (isOpen && (state === undefined || stallOf(state))) declined += 1;
      isOpen = false;
    }
    return declined;
  }
}
