import type { FastifyInstance, FastifyRequest } from 'fastify';
import { asRotorError } from '../../rotation/errors.js';
import type { CallbackTokens } from '../callback-tokens.js';
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

type Guards = {
  readonly gatekeeper: Gatekeeper;
  readonly limiter: Limiter;
  readonly callbacks: CallbackTokens;
};

/**
 * Before a body is read: who asks, how often, and whether they may. A route that no operation names ends the start;
 * what is at no route needs a token as well, so that nobody learns what is there.
 */
export function guard(fastify: FastifyInstance, { gatekeeper, limiter, callbacks }: Guards): void {
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) operationAt(one, url);
  });
  fastify.addHook('onRequest', async (request, reply) => {
    const { url } = request.routeOptions;
    const operation = url === undefined ? undefined : operationAt(request.method, url);
    if (operation?.scope === null) return;
    if (operation?.scope === 'delivery') {
      const { delivery } = request.params as { delivery: string };
      await orCount(request, limiter, async () =>
        callbacks.assertKnown(delivery, request.headers.authorization),
      );
      return;
    }
    const caller = await orCount(request, limiter, async () =>
      operation?.isLink && request.headers.authorization === undefined
        ? gatekeeper.identifyLink(tokenIn(request.query))
        : gatekeeper.identify(request.headers.authorization),
    );
    await limiter.count(request, reply, caller);
    if (operation) await gatekeeper.admit(caller, operation, request.params as Params);
    Object.assign(request, { caller });
  });
}

function tokenIn(query: unknown): string | undefined {
  const { token } = (query ?? {}) as { readonly token?: unknown };
  return typeof token === 'string' ? token : undefined;
}

/** Whoever fails is counted by their address. */
async function orCount<T>(request: FastifyRequest, limiter: Limiter, know: () => Promise<T>): Promise<T> {
  try {
    return await know();
  } catch (error) {
    if (asRotorError(error).code === 'unauthenticated') await limiter.countFailure(request);
    throw error;
  }
}
