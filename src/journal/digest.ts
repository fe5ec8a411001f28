import { createHash } from 'node:crypto';

/** SHA-256 of what can be written as JSON, in hex. */
export function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
