import type { Blow, Effect, Moment } from '../simulation/life.js';
import type { Played, Schedule } from '../simulation/schedule.js';
import { adapterPaths, askedPaths, paths, type Path } from '../simulation/paths.js';
import { isHarmless } from '../simulation/witness.js';
import { defectOf } from './defects.js';

type Play = (schedule: Schedule) => Promise<Played>;

export type Job = { readonly path: string; readonly seed: number } & (
  | { readonly what: 'record' }
  /** One schedule. */
  | { readonly what: 'again'; readonly blows: readonly Blow[]; readonly defect?: string }
  /** Every schedule of one blow each. */
  | { readonly what: 'singles'; readonly blows: readonly Blow[]; readonly defect?: string }
  /** This blow, and after it every death of the process that comes next. */
  | { readonly what: 'pairs'; readonly first: Blow }
);

export type Failure = {
  readonly path: string;
  readonly blows: readonly Blow[];
  readonly at: readonly string[];
  readonly harm: Played['harm'];
  readonly defect?: string;
};

export type Answer = {
  readonly job: Job;
  readonly schedules: number;
  /** Blows that never fell, since the run had gone another way or had ended before. */
  readonly unreached: number;
  readonly failures: readonly Failure[];
  /** Of `record`. */
  readonly effects?: readonly Effect[];
  readonly ended?: string;
};

const DEATHS: readonly Moment[] = ['before', 'lost', 'after'];
const PAUSES: readonly Moment[] = ['frozen', 'paused', 'raced'];

export function pathOf(name: string): Path {
  const path = [...paths, ...askedPaths, ...adapterPaths].find((one) => one.name === name);
  if (path) return path;
  throw new Error(`there is no path ${name}`);
}

export async function work(job: Job, play: Play): Promise<Answer> {
  const { seed } = job;
  const path = pathOf(job.path);
  const sum = new Sum(job);
  if (job.what === 'record') {
    const played = await play({ path, seed, blows: [] });
    sum.add([], played);
    return { ...sum.answer(), effects: played.effects[0] ?? [], ended: played.ended };
  }
  const defect = 'defect' in job && job.defect !== undefined ? { defect: defectOf(job.defect) } : {};
  if (job.what === 'again') {
    sum.add(job.blows, await play({ path, seed, blows: job.blows, ...defect }));
    return sum.answer();
  }
  if (job.what === 'singles') {
    for (const blow of job.blows) {
      sum.add([blow], await play({ path, seed, blows: [blow], ...defect }));
      if (job.defect !== undefined && sum.hasFailed) break;
    }
    return sum.answer();
  }
  const once = await play({ path, seed, blows: [job.first] });
  for (const second of deathsAtWrites(once.effects[1] ?? [])) {
    const blows = [job.first, second];
    sum.add(blows, await play({ path, seed, blows }));
  }
  return sum.answer();
}

/** Each death at every effect from `first` on, and what else may befall it. */
export function singlesOf(effects: readonly Effect[], first = 0): Blow[] {
  return effects.slice(first).flatMap(({ writes }, index) => {
    const at = first + index;
    const moments = [
      ...DEATHS,
      ...(mayHarmAfterwards(effects.slice(at)) ? PAUSES : []),
      ...(writes ? (['cut'] as const) : []),
    ];
    return moments.map((moment): Blow => ({ at, of: 'all', moment }));
  });
}

/**
 * Whoever stands still before a look, and has yet to write to the journal before it writes to the world, can only look:
 * the journal refuses it, as where it stands still before that very entry.
 */
function mayHarmAfterwards([one, ...after]: readonly Effect[]): boolean {
  return one?.writes === true || after.find(({ writes }) => writes)?.isFenced !== true;
}

/** What only looks changes nothing outside: to die there is to die before the next write. So is dying after one. */
export function deathsAtWrites(effects: readonly Effect[]): Blow[] {
  const writes = effects.filter((effect) => effect.writes);
  return writes.flatMap((_, at) =>
    (['before', 'lost'] as const).map((moment): Blow => ({ at, of: 'writes', moment })),
  );
}

class Sum {
  readonly #failures: Failure[] = [];
  #schedules = 0;
  #unreached = 0;

  constructor(private readonly job: Job) {}

  get hasFailed(): boolean {
    return this.#failures.length > 0;
  }

  add(blows: readonly Blow[], { effects, harm }: Played): void {
    this.#schedules += 1;
    const at = blows.map((blow, index) => nameOf(blow, effects[index] ?? []));
    if (at.includes(undefined)) this.#unreached += 1;
    if (isHarmless(harm)) return;
    const { job } = this;
    const defect = 'defect' in job && job.defect !== undefined ? { defect: job.defect } : {};
    this.#failures.push({
      path: job.path,
      blows,
      at: at.map((name) => name ?? 'nowhere'),
      harm,
      ...defect,
    });
  }

  answer(): Answer {
    return {
      job: this.job,
      schedules: this.#schedules,
      unreached: this.#unreached,
      failures: this.#failures,
    };
  }
}

function nameOf({ at, of }: Blow, effects: readonly Effect[]): string | undefined {
  return (of === 'all' ? effects : effects.filter(({ writes }) => writes))[at]?.name;
}
