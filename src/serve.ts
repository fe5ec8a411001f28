import 'reflect-metadata';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { StandardSchemaValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { AppModule } from './app.module.js';
import type { Config } from './config/index.js';
import type { RawEnv } from './config/secret-ref.js';
import { resolveSecret, secretFileWarning } from './config/secret-ref.js';
import { KyselyJournal } from './journal/kysely-journal.js';
import { openSqlite } from './journal/sqlite.js';
import { systemClock } from './rotation/clock.js';
import { Engine } from './rotation/engine.js';
import { nestLogger } from './telemetry/logger.js';
import { logged, observer, watchObserver } from './telemetry/run-log.js';
import { ApiToken } from './triggers/api-token.js';
import { ProblemFilter } from './triggers/problem.filter.js';
import { Rotations } from './triggers/rotations.js';
import { Watch } from './rotation/watch.js';
import { createMetrics } from './telemetry/metrics.js';
import { secretsIn } from './wiring/clients.js';
import { declare, portsOf, watched } from './wiring/index.js';

const MAX_BODY_BYTES = 64 * 1024;

/** Builds the service; it works from `listen` or `init` on. Throws `config_invalid` or `journal_unavailable`. */
export async function createService(
  config: Config,
  env: RawEnv,
  log: Logger,
): Promise<NestFastifyApplication> {
  const rotations = declare(config, env);
  // Now, rather than in the first run: a reference that leads nowhere is a mistake of the set-up.
  for (const reference of secretsIn(config)) {
    resolveSecret(reference, env);
    const wide = secretFileWarning(reference, env);
    if (wide !== undefined) log.warn({ event: { action: 'config.warning' } }, wide);
  }
  await mkdir(config.stateDir, { recursive: true, mode: 0o700 });
  const kysely = await KyselyJournal.open(openSqlite(join(config.stateDir, 'journal.db')), systemClock, {
    soleWorker: true,
  });
  const journal = logged(kysely, log);
  const clock = systemClock;
  const declared = new Rotations(rotations, journal, clock);
  const watch = new Watch(watched(config, env), {
    journal,
    clock,
    random: Math.random,
    adopt: async (name, reason) => declared.start(name, 'adopt', { kind: 'watch', reason }),
    observer: watchObserver(log),
  });
  const parts = {
    log,
    journal,
    engine: new Engine({
      journal,
      clock,
      random: Math.random,
      portsFor: (run) => portsOf(run, env),
      observer: observer(log),
    }),
    rotations: declared,
    watch,
    metrics: createMetrics(
      rotations.map(({ name }) => name),
      watch,
    ),
    apiToken: await ApiToken.open(config.stateDir),
  };
  const adapter = new FastifyAdapter({ bodyLimit: MAX_BODY_BYTES, forceCloseConnections: true });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.of(parts), adapter, {
    logger: nestLogger(log),
    abortOnError: false,
  });
  app.useGlobalPipes(new StandardSchemaValidationPipe());
  app.useGlobalFilters(app.get(ProblemFilter));
  return app;
}
