import { RotorError } from '../rotation/errors.js';

/** What the API gives at once. */
export const MOST = 200;

/** Throws `request_invalid`. */
export function limitOf(typed: string): string {
  const number = Number(typed);
  if (Number.isInteger(number) && number >= 1 && number <= MOST) return typed;
  throw new RotorError(
    'request_invalid',
    `--limit: found "${typed}", expected a whole number from 1 to ${MOST}`,
  );
}
