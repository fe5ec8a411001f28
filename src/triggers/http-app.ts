import type { DynamicModule, LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import etag from '@fastify/etag';
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import { RotorError } from '../rotation/errors.js';
import { Gatekeeper } from './access/gatekeeper.js';
import { RequestLimits, limitRequests } from './access/request-limits.js';
import { guard } from './access/guard.js';
import { allOperations, operationAt } from './api/operations/index.js';
import { RequestPipe } from './api/request-pipe.js';
import { CallbackTokens } from './callback-tokens.js';
import { Meters } from '../telemetry/meters.js';
import { ProblemFilter } from './problem.filter.js';
import { timeRequests } from './timed-requests.js';
import { tellTraceId, traceIdOf } from './trace-id.js';

const MAX_BODY_BYTES = 64 * 1024;
/** A config of a thousand rotations. */
const MAX_TEXT_BYTES = 1024 * 1024;
const MAX_HEADER_BYTES = 16 * 1024;

/** The HTTP side: who may ask is settled before a body is read, and a body is JSON or refused. */
export async function createHttpApp(
  module: DynamicModule,
  logger: LoggerService | false,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: true,
    genReqId: traceIdOf,
    http: { maxHeaderSize: MAX_HEADER_BYTES },
  });
  const options = { logger, abortOnError: false, bodyParser: false } as const;
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, options);
  const fastify = adapter.getInstance();
  fastify.removeContentTypeParser('text/plain');
  takeText(fastify);
  tellTraceId(fastify);
  await app.register(helmet, { contentSecurityPolicy: NOTHING_TO_RUN });
  await app.register(etag, { weak: true });
  guard(fastify, {
    gatekeeper: app.get(Gatekeeper),
    limiter: await limitRequests(fastify, app.get(RequestLimits)),
    callbacks: app.get(CallbackTokens),
  });
  timeRequests(fastify, app.get(Meters));
  app.useGlobalPipes(new RequestPipe());
  app.useGlobalFilters(app.get(ProblemFilter));
  return app;
}

/** Of a route whose operation says so; everywhere else a body of this type is refused as any other. */
function takeText(fastify: FastifyInstance): void {
  const types = new Set(allOperations().flatMap(({ bodyAs }) => bodyAs ?? []));
  for (const type of types)
    fastify.addContentTypeParser(
      type,
      { parseAs: 'string', bodyLimit: MAX_TEXT_BYTES },
      (request, body, done) => {
        const { url } = request.routeOptions;
        if (url !== undefined && operationAt(request.method, url).bodyAs === type) return done(null, body);
        return done(new RotorError('media_type_unsupported', `no body of the type ${type} is taken here`));
      },
    );
}

/** What the API answers is data: a browser that is led to it runs and frames nothing. */
const NOTHING_TO_RUN = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
  },
};
