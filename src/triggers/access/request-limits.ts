import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RotorError } from '../../rotation/errors.js';
import type { Caller } from './caller.js';

/** Requests of one caller within a minute, by this process. */
export class RequestLimits {
  constructor(public perMinute: number) {}
}

const MINUTE_MS = 60_000;
/** Of one address: whoever guesses is slowed down, and a mistyped token is not. */
const FAILURES_PER_MINUTE = 60;

/** Both throw `rate_limited`, with the time to wait. */
export type Limiter = {
  /** One more request of a caller that is known; the reply says how many are left. */
  count(request: FastifyRequest, reply: FastifyReply, caller: Caller): Promise<void>;
  /** One more request without a token that is known. */
  countFailure(request: FastifyRequest): Promise<void>;
};

const callers = new WeakMap<FastifyRequest, Caller>();

export async function limitRequests(fastify: FastifyInstance, limits: RequestLimits): Promise<Limiter> {
  await fastify.register(rateLimit, { global: false });
  const timeWindow = MINUTE_MS;
  const byCaller = fastify.createRateLimit({
    max: () => limits.perMinute,
    timeWindow,
    keyGenerator: (request) => `caller ${callers.get(request)?.name ?? ''}`,
  });
  const byAddress = fastify.createRateLimit({
    max: FAILURES_PER_MINUTE,
    timeWindow,
    keyGenerator: ({ ip }) => `failures of ${ip}`,
  });
  return {
    async count(request, reply, caller) {
      callers.set(request, caller);
      const limit = await byCaller(request);
      tell(reply, limit);
      refuse(limit, `${caller.name} has sent ${limits.perMinute} requests within a minute`);
    },
    async countFailure(request) {
      refuse(
        await byAddress(request),
        `${request.ip} has sent ${FAILURES_PER_MINUTE} requests without a valid token`,
      );
    },
  };
}

/** `isAllowed`: of a list that is never counted, of which there is none here. */
type Limit =
  | { readonly isAllowed: true }
  | {
      readonly isAllowed: false;
      readonly isExceeded: boolean;
      readonly max: number;
      readonly remaining: number;
      readonly ttl: number;
      readonly ttlInSeconds: number;
    };

/** By the draft, which is none of the RFCs yet: https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/10/ */
function tell(reply: FastifyReply, limit: Limit): void {
  if (limit.isAllowed) return;
  const { max, remaining, ttlInSeconds } = limit;
  reply.header('ratelimit-policy', `"caller";q=${max};w=${MINUTE_MS / 1_000}`);
  reply.header('ratelimit', `"caller";r=${remaining};t=${ttlInSeconds}`);
}

function refuse(limit: Limit, why: string): void {
  if (limit.isAllowed || !limit.isExceeded) return;
  throw new RotorError('rate_limited', `${why}, and that is the limit`, {
    effect: 'not_applied',
    retryAfterMs: limit.ttl,
    hint: 'Wait, ask less often (`?wait=30s` tells of news), or raise server.rateLimit in the config.',
  });
}
