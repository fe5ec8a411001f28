/** Answers about the caller and the service: their words never hold a value that was sent. */
const HARMLESS = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'DecryptionFailure',
  'EncryptionFailure',
  'ExpiredTokenException',
  'InternalServiceError',
  'LimitExceededException',
  'ResourceExistsException',
  'ResourceNotFoundException',
  'ThrottlingException',
  'UnrecognizedClientException',
]);

export type UpstreamCause = Error & {
  readonly code?: string;
  readonly requestId?: string;
  readonly status?: number;
};

/**
 * What may be kept of an error of the SDK, which itself carries the whole HTTP exchange: the reply as `$response`, a
 * body that is not JSON as `$responseBodyText`, and in its message a piece of that body, or of the value sent where
 * AWS names the parameter that it refuses.
 */
export function strippedCause(error: unknown): UpstreamCause {
  const name = nameOf(error);
  const code = textIn(error, 'code');
  const metadata = memberOf(error, '$metadata');
  const requestId = textIn(metadata, 'requestId');
  const status = memberOf(metadata, 'httpStatusCode');
  const words = HARMLESS.has(name) || isSystemError(error) ? textIn(error, 'message') : undefined;
  const kept = new Error(words ?? `${name} (its words are left out, they may hold a secret)`);
  return Object.assign(kept, {
    name,
    ...(code !== undefined && { code }),
    ...(requestId !== undefined && { requestId }),
    ...(typeof status === 'number' && { status }),
  });
}

export function nameOf(error: unknown): string {
  return textIn(error, 'name') ?? 'Error';
}

export function textIn(value: unknown, name: string): string | undefined {
  const member = memberOf(value, name);
  return typeof member === 'string' ? member : undefined;
}

export function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !(name in value)) return undefined;
  return Reflect.get(value, name);
}

/** Of the network, by Node: `connect ECONNREFUSED 127.0.0.1:443`. */
function isSystemError(error: unknown): boolean {
  return memberOf(error, 'syscall') !== undefined;
}
