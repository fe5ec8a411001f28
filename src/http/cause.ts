/**
 * What may be kept of an error that an HTTP library threw: got's own errors carry the options of the request, and
 * with them the Authorization header and the body.
 */
export function strippedCause(error: unknown): Error {
  const source = error instanceof Error ? error : new Error(String(error));
  const stripped = new Error(source.message);
  stripped.name = source.name;
  const code = codeOf(error);
  return code === undefined ? stripped : Object.assign(stripped, { code });
}

export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
