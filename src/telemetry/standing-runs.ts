import type { Journal, Landmarks } from '../journal/journal.js';
import type { Run } from '../rotation/run.js';
import { stepsOf } from '../rotation/story.js';

/** The last step that a run came to is in its log alone. */
type Ended = { readonly run: Run; readonly lastStep: string };

/** How a rotation stands, by the newest of its runs of each kind; see `Landmarks`. */
export type Standing = {
  readonly latest?: Run;
  readonly ended?: Ended;
  readonly settled?: Run;
  readonly succeeded?: Run;
};

type ReadJournal = Pick<Journal, 'landmarks' | 'runs' | 'entries'>;

/**
 * The runs that say how rotations stand. One that has ended changes no more and is read once: with a thousand rotations
 * at rest a look is one small query.
 */
export class StandingRuns {
  #ended = new Map<string, Ended>();

  constructor(private readonly journal: ReadJournal) {}

  async read(rotations: readonly string[]): Promise<ReadonlyMap<string, Standing>> {
    const landmarks = await this.journal.landmarks(rotations);
    const ids = new Set([...landmarks.values()].flatMap(idsOf));
    const open = new Map<string, Run>();
    for (const run of await this.journal.runs([...ids].filter((id) => !this.#ended.has(id)))) {
      if (run.state.state !== 'ended') open.set(run.id, run);
      else this.#ended.set(run.id, { run, lastStep: await this.#lastStepOf(run) });
    }
    this.#ended = new Map([...this.#ended].filter(([id]) => ids.has(id)));
    const find = (id: string | null): Run | undefined =>
      id === null ? undefined : (this.#ended.get(id)?.run ?? open.get(id));
    return new Map([...landmarks].map(([rotation, found]) => [rotation, this.#standing(found, find)]));
  }

  #standing(found: Landmarks, find: (id: string | null) => Run | undefined): Standing {
    const [latest, settled, succeeded] = [find(found.latest), find(found.settled), find(found.succeeded)];
    const ended = found.ended === null ? undefined : this.#ended.get(found.ended);
    return {
      ...(latest && { latest }),
      ...(ended && { ended }),
      ...(settled && { settled }),
      ...(succeeded && { succeeded }),
    };
  }

  async #lastStepOf(run: Run): Promise<string> {
    // One whose token became current has come to the last step that there is.
    if (run.state.state === 'ended' && run.state.outcome === 'succeeded') return 'deliver';
    return stepsOf(run, await this.journal.entries(run.id)).at(-1)?.name ?? 'prepare';
  }
}

function idsOf({ latest, ended, settled, succeeded }: Landmarks): string[] {
  return [latest, ended, settled, succeeded].filter((id) => id !== null);
}
