import { setImmediate } from 'node:timers/promises';
import type { History } from '../journal/journal.js';
import type { Millis } from '../rotation/run.js';
import { plannedStart } from '../rotation/schedule/upcoming.js';
import type { DeclaredRotation } from '../triggers/rotations.js';

type Declared = Pick<DeclaredRotation, 'name' | 'due'>;
type Kept = { readonly of: string; readonly planned: Millis | undefined };

/** Worked out without a break: a tenth of a millisecond each, in which nothing else gets its turn. */
const AT_ONCE = 50;

/** When each rotation is to start next, worked out anew only where something has happened to it. */
export class PlannedStarts {
  readonly #kept = new Map<string, Kept>();

  constructor(private declared: readonly Declared[]) {}

  use(declared: readonly Declared[]): void {
    this.declared = declared;
    this.#kept.clear();
  }

  async read(histories: ReadonlyMap<string, History>): Promise<(rotation: string) => Millis | undefined> {
    let worked = 0;
    for (const { name, due } of this.declared) {
      const history = histories.get(name);
      const of = JSON.stringify(history);
      if (!history || this.#kept.get(name)?.of === of) continue;
      this.#kept.set(name, { of, planned: plannedStart(due, history) });
      worked += 1;
      if (worked % AT_ONCE === 0) await setImmediate();
    }
    return (rotation) => this.#kept.get(rotation)?.planned;
  }
}
