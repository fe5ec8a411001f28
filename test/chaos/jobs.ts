import { createRandom, type Random } from '../../src/sandbox/random.js';
import type { Blow, Moment } from '../simulation/life.js';
import type { Path } from '../simulation/paths.js';
import type { Played, Schedule } from '../simulation/schedule.js';
import { isHarmless } from '../simulation/witness.js';
import type { Ground } from '../simulation/world.js';
import { weather } from './weather.js';

export type Job = { readonly seeds: readonly number[]; readonly ground: Ground };
export type Failure = { readonly seed: number; readonly says: string; readonly harm: Played['harm'] };
export type Answer = {
  readonly schedules: number;
  readonly failures: readonly Failure[];
  /** How the runs ended, counted. */
  readonly ends: Readonly<Record<string, number>>;
};

const MOMENTS: readonly Moment[] = ['before', 'lost', 'after', 'frozen', 'paused', 'raced', 'cut'];
/** About as many writes as a run has. */
const WRITES = 30;

export async function work(
  { seeds, ground }: Job,
  play: (schedule: Schedule) => Promise<Played>,
): Promise<Answer> {
  const failures: Failure[] = [];
  const ends: Record<string, number> = {};
  for (const seed of seeds) {
    const { says, ...schedule } = draw(seed);
    const { harm, ended } = await play({ ...schedule, ground });
    ends[ended] = (ends[ended] ?? 0) + 1;
    if (!isHarmless(harm)) failures.push({ seed, says, harm });
  }
  return { schedules: seeds.length, failures, ends };
}

/** The whole of a schedule follows from its seed. */
export function draw(seed: number): Schedule & { readonly says: string } {
  const random = createRandom(seed).fork('chaos');
  const calm = pathFor(random);
  const troubles = weather(random, calm.issuer);
  const path: Path = {
    ...calm,
    afterwards: (world) => {
      for (const trouble of troubles) trouble.strike(world);
    },
  };
  const blows = Array.from({ length: random.int(3) }, (): Blow => ({
    at: random.int(WRITES),
    of: 'writes',
    moment: random.pick(MOMENTS),
  }));
  const said = [
    path.name,
    ...blows.map(({ at, moment }) => `${moment} write ${at}`),
    ...troubles.map((trouble) => trouble.says),
  ];
  return {
    path,
    seed,
    blows,
    says: said.join('; '),
  };
}

function pathFor(random: Random): Path {
  const issuer = random.pick(['elastic-cloud', 'fleet'] as const);
  const jsonKey = random.int(3) === 0 ? 'apm_token' : undefined;
  return {
    name: `${issuer}${jsonKey === undefined ? '' : ', JSON'}`,
    issuer,
    by: 'auto',
    isKnown: true,
    ends: 'in any way',
    arrange: (world) => world.seedStore(),
    ...(jsonKey !== undefined && { jsonKey }),
  };
}
