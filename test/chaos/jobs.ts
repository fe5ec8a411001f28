import { defectOf } from '../sweep/defects.js';
import type { Played, Schedule } from '../simulation/schedule.js';
import { isHarmless, type Harm } from '../simulation/witness.js';
import type { Ground } from '../simulation/world.js';
import { draw, type Part } from './draw.js';
import { shrink } from './shrink.js';

/** What all schedules of a campaign have in common. */
type Setting = { readonly ground: Ground; /** Planted into each process. */ readonly defect?: string };

export type Job = Setting &
  (
    | { readonly what: 'play'; readonly seeds: readonly number[]; readonly keep?: readonly number[] }
    /** What is left of a schedule that does harm, when all is left out that it can do without. */
    | { readonly what: 'shrink'; readonly seed: number }
  );

export type Failure = {
  readonly seed: number;
  readonly keep: readonly number[];
  readonly says: readonly string[];
  readonly harm: Harm;
};

/** Of one kind of trouble or blow: the schedules that have one, and those in which it happened. */
export type Share = { readonly drawn: number; readonly happened: number };

export type Answer = {
  readonly failures: readonly Failure[];
  /** How the runs ended, counted. */
  readonly ends: Readonly<Record<string, number>>;
  readonly kinds: Readonly<Record<string, Share>>;
};

type Play = (schedule: Schedule) => Promise<Played>;

export async function work(job: Job, play: Play): Promise<Answer> {
  const defect = job.defect === undefined ? {} : { defect: defectOf(job.defect) };
  const tally = new Tally();
  const { ends, kinds } = tally;
  const one = async (seed: number, keep?: readonly number[]): Promise<Failure> => {
    const { says, parts, schedule } = draw(seed, keep);
    const played = await play({ ...schedule, ground: job.ground, ...defect });
    tally.add(parts.values(), played);
    const said = [...parts].map(([place, part]) => `${place}: ${part.says}`);
    return { seed, keep: [...parts.keys()], says: [says, ...said], harm: played.harm };
  };
  if (job.what === 'play') {
    const failures: Failure[] = [];
    for (const seed of job.seeds) {
      const outcome = await one(seed, job.keep);
      if (!isHarmless(outcome.harm)) failures.push(outcome);
    }
    return { failures, ends, kinds };
  }
  const whole = await one(job.seed);
  const { keep } = await shrink(whole.keep, whole.harm, async (some) => (await one(job.seed, some)).harm);
  return { failures: [await one(job.seed, keep)], ends, kinds };
}

class Tally {
  readonly ends: Record<string, number> = {};
  readonly kinds: Record<string, Share> = {};

  add(parts: Iterable<Part>, played: Played): void {
    this.ends[played.ended] = (this.ends[played.ended] ?? 0) + 1;
    for (const part of parts) {
      const { drawn, happened } = this.kinds[part.kind] ?? { drawn: 0, happened: 0 };
      const more = part.hasHappened(played) ? 1 : 0;
      this.kinds[part.kind] = { drawn: drawn + 1, happened: happened + more };
    }
  }
}
