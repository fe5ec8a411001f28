import { StandardSchemaValidationPipe, type DynamicModule, type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ApiToken } from './api-token.js';
import { ProblemFilter } from './problem.filter.js';

const MAX_BODY_BYTES = 64 * 1024;
/** For whatever keeps the service alive; everything else needs the API token. */
const PUBLIC = new Set(['/livez', '/readyz']);

/** The HTTP side: who may ask is settled before a body is read, and a body is JSON or refused. */
export async function createHttpApp(
  module: DynamicModule,
  logger: LoggerService | false,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({ bodyLimit: MAX_BODY_BYTES, forceCloseConnections: true });
  const options = { logger, abortOnError: false, bodyParser: false } as const;
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, options);
  const fastify = adapter.getInstance();
  fastify.removeContentTypeParser('text/plain');
  const token = app.get(ApiToken);
  fastify.addHook('onRequest', async ({ headers, url }) => {
    if (!PUBLIC.has(url.split('?')[0] ?? '')) token.assertKnown(headers.authorization);
  });
  app.useGlobalPipes(new StandardSchemaValidationPipe());
  app.useGlobalFilters(app.get(ProblemFilter));
  return app;
}
