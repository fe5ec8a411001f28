export type Unit = 'ms' | 's' | 'MiB' | '×';

/** One line of the table. */
export type Row = {
  readonly what: string;
  readonly unit: Unit;
  /** `null`: not measured, and the note says why. Never 0 for want of knowing. */
  readonly value: number | null;
  /** `null`: a number without a promise. */
  readonly bound: number | null;
  /** How many measurements the value is drawn from. */
  readonly count?: number;
  readonly note?: string;
};

export type Verdict = 'within' | 'over' | 'not measured' | 'no bound';

/** One measurement, or a few that belong together; `rows` throws where it breaks, never where a number is bad. */
export type Scenario = {
  readonly name: string;
  rows(): Promise<readonly Row[]>;
};

export function ratioOf({ value, bound }: Row): number | null {
  return value === null || bound === null ? null : value / bound;
}

export function verdictOf(row: Row): Verdict {
  if (row.value === null) return 'not measured';
  const ratio = ratioOf(row);
  if (ratio === null) return 'no bound';
  return ratio <= 1 ? 'within' : 'over';
}

export function notMeasured(what: string, unit: Unit, bound: number | null, why: string): Row {
  return { what, unit, value: null, bound, note: why };
}
