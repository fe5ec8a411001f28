import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

/** On every answer; see `traceIdOf`. */
export const TRACE_HEADER = 'x-request-id';

/** https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}(-|$)/;

type Asked = { readonly headers: Readonly<Record<string, unknown>> };

/** By which a request is found again in logs: that of the caller's trace, else a new one; 32 hex digits. */
export function traceIdOf({ headers: { traceparent } }: Asked): string {
  const [, ofCaller] = TRACEPARENT.exec(typeof traceparent === 'string' ? traceparent : '') ?? [];
  return ofCaller ?? randomBytes(16).toString('hex');
}

/** Before anybody can refuse the request. */
export function tellTraceId(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', async (request, reply) => void reply.header(TRACE_HEADER, request.id));
}
