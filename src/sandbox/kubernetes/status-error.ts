/**
 * An answer that is no success, in the form of the API: an object of kind Status.
 * https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#response-status-kind
 */
export class StatusError extends Error {
  constructor(
    readonly code: number,
    readonly reason: string,
    message: string,
    readonly details?: Readonly<Record<string, unknown>>,
  ) {
    super(message);
  }
}

export function statusOf({ code, reason, message, details }: StatusError): Record<string, unknown> {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(details && { details }),
    code,
  };
}

export const notFound = (what: string, name: string): StatusError =>
  new StatusError(404, 'NotFound', `${what} "${name}" not found`, { name, kind: what });

const REASONS: Readonly<Record<number, readonly [string, string]>> = {
  401: ['Unauthorized', 'Unauthorized'],
  403: ['Forbidden', 'forbidden'],
  404: ['NotFound', 'the server could not find the requested resource'],
  429: ['TooManyRequests', 'the server has received too many requests and has asked us to try again later'],
  500: [
    'InternalError',
    'an error on the server ("etcdserver: leader changed") has prevented the request from succeeding',
  ],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
};

/** The usual words of apimachinery's api/errors for a status alone. */
export function errorOfStatus(code: number): StatusError {
  const [reason, message] = REASONS[code] ?? ['Unknown', 'the server has answered with an unknown status'];
  return new StatusError(code, reason, message);
}
