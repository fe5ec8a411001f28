import { createRandom, type Random } from '../../src/sandbox/random.js';
import type { Blow, Moment } from '../simulation/life.js';
import type { Path } from '../simulation/paths.js';
import type { Played, Schedule } from '../simulation/schedule.js';
import type { World } from '../simulation/world.js';
import type { Trouble } from './trouble.js';
import { weather } from './weather.js';

/** One trouble or blow of a schedule, which goes without it as well. */
export type Part = {
  readonly kind: string;
  readonly says: string;
  readonly begin?: (world: World) => void;
  /** Once it has been played. */
  readonly hasHappened: (played: Played) => boolean;
};

export type Drawn = {
  readonly says: string;
  /** By their places in the whole schedule. */
  readonly parts: ReadonlyMap<number, Part>;
  readonly schedule: Schedule;
};

const MOMENTS: Readonly<Record<Moment, string>> = {
  before: 'a process dies before a write',
  lost: 'a process dies without the answer to a write',
  after: 'a process dies after a write',
  frozen: 'a process stands still',
  paused: 'a machine stands still',
  raced: 'a process stands still until its successor has done the same',
  cut: 'an answer is lost',
};
/** Deaths and lost answers more often: where a process stands still, a whole second rotation has to be waited for. */
const LIKELY: readonly Moment[] = [
  ...(['before', 'lost', 'after', 'cut'] as const).flatMap((moment) => [moment, moment]),
  'frozen',
  'paused',
  'raced',
];
/** About as many writes as a run has. */
const WRITES = 26;

/** The whole of a schedule follows from its seed; `keep` leaves these of its parts alone. */
export function draw(seed: number, keep?: readonly number[]): Drawn {
  const random = createRandom(seed).fork('chaos');
  const calm = pathFor(random);
  const troubles = weather(random, calm.issuer);
  const all = [...troubles, ...Array.from({ length: random.int(3) }, () => blowFrom(random))];
  const kept = [...all.entries()].filter(([place]) => keep?.includes(place) ?? true);
  const blows = kept.flatMap(([, one]) => ('moment' in one ? [one] : []));
  const parts = new Map(
    kept.map(([place, one]) => [place, 'moment' in one ? ofBlow(one, blows.indexOf(one)) : ofTrouble(one)]),
  );
  const path: Path = {
    ...calm,
    afterwards: (world) => {
      for (const { begin } of parts.values()) begin?.(world);
    },
  };
  return { says: calm.name, parts, schedule: { path, seed, blows } };
}

function ofTrouble({ kind, says, strike }: Trouble): Part {
  let happened = (): number => 0;
  return { kind, says, begin: (world) => (happened = strike(world)), hasHappened: () => happened() > 0 };
}

function ofBlow({ at, moment }: Blow, process: number): Part {
  return {
    kind: MOMENTS[moment],
    says: `process ${process}, write ${at}: ${MOMENTS[moment]}`,
    hasHappened: ({ effects }) => (effects[process] ?? []).filter(({ writes }) => writes).length > at,
  };
}

function blowFrom(random: Random): Blow {
  return { at: random.int(WRITES), of: 'writes', moment: random.pick(LIKELY) };
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
