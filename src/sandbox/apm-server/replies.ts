import type { IncomingMessage } from 'node:http';
import type { Reply } from '../reply.js';

const COMMON = { 'x-content-type-options': 'nosniff' };

/**
 * elastic/apm-server internal/beater/request/context.go WriteResult: no body at all, or indented JSON for a caller that
 * accepts JSON, or the same on one line as plain text for one that does not say so.
 */
export function apmReply(
  request: IncomingMessage,
  status: number,
  body?: unknown,
  headers: Record<string, string> = {},
): Reply {
  if (body === undefined) return { status, headers: { ...COMMON, ...headers }, body: '' };
  const asJson = /\*\/\*|application\/json/.test(request.headers.accept ?? '');
  const type = asJson ? 'application/json' : 'text/plain; charset=utf-8';
  const text = asJson ? JSON.stringify(body, null, 2) : JSON.stringify(body);
  return { status, headers: { ...COMMON, 'content-type': type, ...headers }, body: `${text}\n` };
}

/** Keywords: elastic/apm-server internal/beater/request/result.go */
export function apmErrorReply(request: IncomingMessage, status: number): Reply {
  const keywords: Record<number, string> = {
    401: 'authentication failed',
    403: 'forbidden request',
    404: '404 page not found',
    429: 'too many requests',
    500: 'internal error',
    503: 'queue is full',
  };
  return apmReply(request, status, { error: keywords[status] ?? 'internal error' });
}
