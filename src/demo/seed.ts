import { RotorError } from '../rotation/errors.js';

/** Throws `request_invalid`. */
export function parseSeed(text: string): number {
  const seed = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(seed) && seed >= 0) return seed;
  throw new RotorError('request_invalid', `--seed is "${text}"; expected a whole number from 0 on`);
}
