import { createHash } from 'node:crypto';

/**
 * How much later than its time a rotation starts: less than `mostMs`, and always the same for one name, so that many
 * rotations of one schedule are spread over it and a person can tell when each starts.
 */
export function jitterOf(rotation: string, mostMs: number): number {
  const share = createHash('sha256').update(rotation).digest().readUInt32BE() / 2 ** 32;
  return Math.floor(share * mostMs);
}
