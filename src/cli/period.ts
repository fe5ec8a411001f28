import { RotorError } from '../rotation/errors.js';

/** In UTC: from the first moment on until just before the last. */
export type Period = { readonly from: Date; readonly to: Date };

export const PERIOD_EXPECTED =
  'a quarter (2026-Q3), a month (2026-11), a year (2026), or FROM..TO of days or times (2026-07-01..2026-09-30; both days count)';

const DAY_MS = 24 * 60 * 60_000;

/** Throws `request_invalid`. */
export function periodOf(text: string): Period {
  const period = named(text) ?? between(text);
  if (period && period.from < period.to) return period;
  throw new RotorError('request_invalid', `--period: found "${text}", expected ${PERIOD_EXPECTED}`);
}

function named(text: string): Period | undefined {
  const [, year, quarter, month] = /^(\d{4})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?$/i.exec(text) ?? [];
  if (year === undefined) return undefined;
  const first = quarter === undefined ? Number(month ?? 1) - 1 : (Number(quarter) - 1) * 3;
  const months = quarter === undefined ? (month === undefined ? 12 : 1) : 3;
  return { from: monthOf(Number(year), first), to: monthOf(Number(year), first + months) };
}

function monthOf(year: number, month: number): Date {
  return new Date(Date.UTC(year, month));
}

function between(text: string): Period | undefined {
  const [first, last, ...more] = text.split('..');
  if (first === undefined || last === undefined || more.length > 0) return undefined;
  const from = momentOf(first);
  const to = momentOf(last);
  if (from === undefined || to === undefined) return undefined;
  return { from: new Date(from), to: new Date(isDay(last) ? to + DAY_MS : to) };
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text);
}

/** A day, or a time with an offset: without one it would be of the zone of this machine. */
function momentOf(text: string): number | undefined {
  const isTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  if (!isTime && !isDay(text)) return undefined;
  const at = Date.parse(text);
  // 30 February is March to `Date`.
  if (Number.isNaN(at) || (isDay(text) && new Date(at).toISOString().slice(0, 10) !== text)) return undefined;
  return at;
}
