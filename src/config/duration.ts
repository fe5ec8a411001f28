import { RotorError } from '../rotation/errors.js';

/** From the largest unit to the smallest; the order is the one in which `formatDuration` tries them. */
const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
]);

/** One whole number and one unit. Shared with the JSON Schema, so it has no flags and no lookaround. */
export const DURATION_PATTERN = /^[0-9]+(d|h|m|s|ms)$/;

export const DURATION_EXPECTED =
  'a duration: a whole number above 0 and d, h, m, s or ms, such as "30d", "10m" or "1500ms"';

/**
 * The milliseconds of "30d", "10m" or "1500ms".
 * @throws RotorError `config_invalid` for another form, for zero and for more than 2^53 ms.
 */
export function parseDuration(text: string): number {
  const ms = durationMs(text);
  if (ms !== undefined) return ms;
  throw new RotorError('config_invalid', `found "${text}", expected ${DURATION_EXPECTED}`);
}

/** As `parseDuration`, but `undefined` instead of an error. */
export function durationMs(text: string): number | undefined {
  const unit = UNIT_MS.get(DURATION_PATTERN.exec(text)?.[1] ?? '');
  if (unit === undefined) return undefined;
  const ms = Number.parseInt(text, 10) * unit;
  return ms > 0 && Number.isSafeInteger(ms) ? ms : undefined;
}

/** The shortest text that `parseDuration` reads back as the same number, in the largest unit that divides it. */
export function formatDuration(ms: number): string {
  const [unit, size] = [...UNIT_MS].find(([, each]) => ms % each === 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}
