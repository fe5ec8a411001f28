import type { FastifyInstance, FastifyRequest } from 'fastify';
import { operationAt } from '../api/operations/index.js';
import type { Caller } from './caller.js';
import type { Gatekeeper, Params } from './gatekeeper.js';
import type { Limiter } from './request-limits.js';

/** What a controller asks for with `@Req()`: there is a caller wherever the operation needs a scope. */
export type Called = { readonly caller?: Caller };

/** Throws where the operation needs no scope. */
export function callerOf({ caller }: Called): Caller {
  if (caller) return caller;
  throw new Error('whoever asks for this was not asked who they are');
}

/**
 * Before a body is read: who asks, how often, and whether they may. A route that no operation names ends the start;
 * what is at no route needs a token as well, so that nobody learns what is there.
 */
export function guard(fastify: FastifyInstance, gatekeeper: Gatekeeper, limiter: Limiter): void {
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) operationAt(one, url);
  });
  fastify.addHook('onRequest', async (request) => {
    const { url } = request.routeOptions;
    const operation = url === undefined ? undefined : operationAt(request.method, url);
    if (operation?.scope === null) return;
    const caller = await known(request, gatekeeper, limiter);
    await limiter.count(request, caller);
    if (operation) await gatekeeper.admit(caller, operation, request.params as Params);
    Object.assign(request, { caller });
  });
}

async function known(request: FastifyRequest, gatekeeper: Gatekeeper, limiter: Limiter): Promise<Caller> {
  try {
    return await gatekeeper.identify(request.headers.authorization);
  } catch (error) {
    await limiter.countFailure(request);
    throw error;
  }
}
