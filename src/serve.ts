import 'reflect-metadata';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { AppModule } from './app.module.js';
import type { Config } from './config/index.js';
import type { RawEnv } from './config/secret-ref.js';
import { resolveSecret, secretFileWarning, secretFromVariable } from './config/secret-ref.js';
import { Gates } from './http/gate.js';
import type { Database } from './journal/database.js';
import { KyselyJournal } from './journal/kysely-journal.js';
import { openPostgres } from './journal/postgres.js';
import { openSqlite } from './journal/sqlite.js';
import { openStateDir } from './journal/state-dir.js';
import { systemClock } from './rotation/clock.js';
import { Engine } from './rotation/engine.js';
import { nestLogger } from './telemetry/logger.js';
import { gateObserver, logged, observer, watchObserver } from './telemetry/run-log.js';
import { ApiToken } from './triggers/api-token.js';
import { createHttpApp } from './triggers/http-app.js';
import { Rotations } from './triggers/rotations.js';
import { Watch } from './rotation/watch.js';
import { createMetrics } from './telemetry/metrics.js';
import { secretsIn } from './wiring/clients.js';
import { declare, portsOf, watched } from './wiring/index.js';

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
  for (const warning of [openStateDir(config.stateDir), exposure(config.server.listen)]) {
    if (warning !== undefined) log.warn({ event: { action: 'config.warning' } }, warning);
  }
  const database = await openDatabase(config, env);
  const kysely = await KyselyJournal.open(database, systemClock, { soleWorker: !database.isShared });
  const journal = logged(kysely, log);
  const clock = systemClock;
  const declared = new Rotations(rotations, journal, clock);
  const surroundings = { env, gates: new Gates(gateObserver(log)) };
  const watch = new Watch(watched(config, surroundings), {
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
      portsFor: (run) => portsOf(run, surroundings),
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
  return createHttpApp(AppModule.of(parts), nestLogger(log));
}

/** PostgreSQL where it is named, for several replicas; else a file in the state directory, for this process alone. */
async function openDatabase(config: Config, env: RawEnv): Promise<Database> {
  if (env['DATABASE_URL'] || env['DATABASE_URL_FILE'])
    return openPostgres(secretFromVariable('DATABASE_URL', env));
  return openSqlite(join(config.stateDir, 'journal.db'), systemClock);
}

/** The API has no TLS of its own: beyond this machine its token would go in clear. */
function exposure({ host }: Config['server']['listen']): string | undefined {
  if (/^(localhost|127(\.\d{1,3}){3}|::1)$/.test(host)) return undefined;
  return `the API listens on ${host} without TLS: put a proxy that speaks TLS in front of it`;
}
