import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Meters } from '../telemetry/meters.js';
import { operationAt } from './api/operations/index.js';
import { isRaw } from './api/operations/operation.js';

/** How long the requests of this API take; what lasts as long as the caller wishes is left out. */
export function timeRequests(fastify: FastifyInstance, meters: Meters): void {
  fastify.addHook('onResponse', async (request, reply) => {
    if (lastsAsAsked(request)) return;
    const labels = {
      http_request_method: request.method,
      http_route: request.routeOptions.url ?? 'none',
      http_response_status_code: String(reply.statusCode),
    };
    meters.observe('httpDuration', labels, reply.elapsedTime / 1_000);
  });
}

/** A stream of events, or an answer that is to wait for news. */
function lastsAsAsked({ method, query, routeOptions: { url } }: FastifyRequest): boolean {
  if (typeof query === 'object' && query !== null && 'wait' in query) return true;
  const answer = url === undefined ? null : operationAt(method, url).answer;
  return isRaw(answer) && answer.mediaType === 'text/event-stream';
}
