import { durationMs, DURATION_EXPECTED } from '../config/duration.js';
import { RotorError } from '../rotation/errors.js';

const TIME = 'a time with an offset such as 2026-12-01T08:00:00Z';

/** Of a duration before now, or of a time as it is. */
export function sinceOf(typed: string): string {
  const ms = durationMs(typed);
  if (ms !== undefined) return new Date(Date.now() - ms).toISOString();
  if (isTime(typed)) return typed;
  throw unexpected('--since', typed, `${DURATION_EXPECTED}, or ${TIME}`);
}

export function untilOf(typed: string): string {
  if (isTime(typed)) return typed;
  throw unexpected('--until', typed, TIME);
}

function isTime(typed: string): boolean {
  return /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/i.test(typed) && !Number.isNaN(Date.parse(typed));
}

function unexpected(flag: string, found: string, expected: string): RotorError {
  return new RotorError('request_invalid', `${flag}: found "${found}", expected ${expected}`);
}
