import type { Harm } from './witness.js';

/** Schedules in which each kind of harm was seen. */
export type Counts = { readonly [Kind in keyof Harm]: number };

export function countsOf(harms: readonly Harm[]): Counts {
  const count = (kind: keyof Harm): number => harms.filter((harm) => harm[kind].length > 0).length;
  return {
    lost: count('lost'),
    doubleResets: count('doubleResets'),
    wrongCurrent: count('wrongCurrent'),
    leaks: count('leaks'),
    untrue: count('untrue'),
    stuck: count('stuck'),
  };
}

export function closingLine(
  schedules: number,
  { lost, doubleResets, wrongCurrent, leaks, untrue, stuck }: Counts,
): string {
  const harm = `lost ${lost}, double resets ${doubleResets}, wrong current ${wrongCurrent}, leaks ${leaks}`;
  const more = `${untrue > 0 ? `, untrue ${untrue}` : ''}${stuck > 0 ? `, never ended ${stuck}` : ''}`;
  return `schedules ${schedules}, ${harm}${more}`;
}
