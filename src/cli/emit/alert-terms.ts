import type { RotationConfig } from '../../config/index.js';
import { turnsOf } from '../../rotation/waves.js';

type Terms = Pick<RotationConfig, 'renewBeforeMs' | 'strategy' | 'targets' | 'watch'>;

/** What an alert rule waits for, where the config of a rotation gives it more or less time than the shipped rule. */
export type Tuning = {
  /** In seconds, of the shipped rule. */
  readonly shippedS: number;
  /** In seconds. */
  readonly secondsFor: (rotation: Terms) => number;
  /** Where it stands in the rule: behind `>` in the expression, or as `for`. */
  readonly place: 'threshold' | 'for';
};

const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;

/** A wave that is left to show what it does is a gap that somebody has asked for. */
export const LONG_GAP: Tuning = {
  shippedS: 5 * MINUTE_S,
  place: 'threshold',
  secondsFor: (rotation) => 5 * MINUTE_S + soaksOf(rotation),
};

/** By the name of the alert; the others wait the same for everybody. */
export const TUNINGS: Readonly<Record<string, Tuning>> = {
  // Half of the time between due and too old: a person can still do something. A tick and a scrape go before it.
  RotorTokenDueMissed: {
    shippedS: HOUR_S,
    place: 'threshold',
    secondsFor: ({ renewBeforeMs = Infinity }) =>
      Math.min(HOUR_S, Math.max(5 * MINUTE_S, Math.floor(renewBeforeMs / 2_000))),
  },
  RotorAgentsUnauthorized: LONG_GAP,
  // Until then each wave may still be on its way without anything being wrong.
  RotorTargetsNotConverged: {
    shippedS: 15 * MINUTE_S,
    place: 'for',
    secondsFor: (rotation) => Math.max(15 * MINUTE_S, wavesOf(rotation) + soaksOf(rotation)),
  },
  // Two looks find it (docs/adr/0005), and the adoption takes its time.
  RotorDrift: {
    shippedS: 10 * MINUTE_S,
    place: 'for',
    secondsFor: ({ watch }) => Math.max(10 * MINUTE_S, 8 * MINUTE_S + 2 * seconds(watch.everyMs)),
  },
};

/** Rotations for which what is shipped is not right, by the seconds that are, the fewest first. */
export function exceptionsTo(
  { shippedS, secondsFor }: Tuning,
  rotations: readonly RotationConfig[],
): [number, RotationConfig[]][] {
  const others = rotations.filter((one) => secondsFor(one) !== shippedS);
  return [...Map.groupBy(others, secondsFor)].toSorted(([one], [other]) => one - other);
}

/** Names are words and hyphens, which mean themselves in a regular expression. */
export function matcherOf(operator: '=~' | '!~', rotations: readonly RotationConfig[]): string {
  const names = rotations.map(({ name }) => name).toSorted();
  return `rotation${operator}"${names.join('|')}"`;
}

function soaksOf({ strategy, targets }: Terms): number {
  const turns = new Set(turnsOf(targets, strategy.waves).values());
  return seconds(strategy.soakMs) * Math.max(0, turns.size - 1);
}

/** Each as long as its slowest target may take to run with the token. */
function wavesOf({ strategy, targets }: Terms): number {
  const turns = turnsOf(targets, strategy.waves);
  const waves = Map.groupBy(targets, ({ name }) => turns.get(name));
  return [...waves.values()]
    .map((wave) => seconds(Math.max(...wave.map(({ readyTimeoutMs }) => readyTimeoutMs))))
    .reduce((sum, one) => sum + one, 0);
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1_000);
}
