import { systemCode } from '../rotation/errors.js';
/**
 * What may be kept of an error that an HTTP library threw: got's own errors carry the options of the request, and
 * with them the Authorization header and the body.
 */
export function strippedCause(error: unknown): Error {
  const source = error instanceof Error ? error : new Error(String(error));
  const stripped = new Error(source.message);
  stripped.name = source.name;
  const code = systemCode(error);
  return code === undefined ? stripped : Object.assign(stripped, { code });
}
