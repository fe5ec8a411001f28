import 'reflect-metadata';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { collectDefaultMetrics } from 'prom-client';
import { AppModule } from './app.module.js';
import { partsOfConfig } from './config-parts.js';
import type { Config, ConfigReader, LoadedConfig, LoadOptions } from './config/index.js';
import type { RawEnv } from './config/secret-ref.js';
import { tellDrift } from './events/tell-drift.js';
import { Gates } from './http/gate.js';
import { Heartbeats } from './notifiers/healthchecks/heartbeats.js';
import { Senders } from './notifiers/senders.js';
import { NotifierTester } from './notifiers/tester.js';
import { unchangedIn } from './reloading/differences.js';
import { Reloader, type ReloaderDeps } from './reloading/reloader.js';
import { Telling } from './reloading/telling.js';
import { systemClock } from './rotation/clock.js';
import { Engine } from './rotation/engine.js';
import type { Storage } from './storage.js';
import { ApiTokenGauges } from './telemetry/api-token-gauges.js';
import { nestLogger } from './telemetry/logger.js';
import { heard } from './telemetry/journal-listener.js';
import { Meters } from './telemetry/meters.js';
import { OutboxGauges } from './telemetry/outbox-gauges.js';
import { RotationGauges } from './telemetry/rotation-gauges.js';
import { RunCounters } from './telemetry/run-counters.js';
import {
  gateObserver,
  heartbeatObserver,
  observer,
  runLog,
  senderObserver,
  watchObserver,
} from './telemetry/run-log.js';
import { Scrape } from './telemetry/scrape.js';
import { cannotListen, type Address } from './triggers/address.js';
import { Gatekeeper } from './triggers/access/gatekeeper.js';
import { RequestLimits } from './triggers/access/request-limits.js';
import { AwsRotation } from './triggers/aws-rotation.js';
import { Deployments } from './triggers/deployments/deployments.js';
import { Doctor } from './triggers/doctor/doctor.js';
import { createHttpApp } from './triggers/http-app.js';
import { Planner } from './triggers/planner.js';
import { Reporter } from './triggers/report/report.js';
import { Rotations } from './triggers/rotations.js';
import { Watch } from './rotation/watch.js';
import { openDriven, portsOf, targetTypeOf } from './wiring/index.js';
import { checkSetUp, warningsOf } from './set-up.js';

/** What the config was read with at the start, and is read with again. */
export type Reading = {
  readonly loaded: LoadedConfig;
  readonly options: LoadOptions;
  readonly reader: ConfigReader;
};

/** Builds the service on what outlives it; it works from `listen` or `init` on. */
export async function createService(
  { loaded, options, reader }: Reading,
  env: RawEnv,
  log: Logger,
  storage: Storage,
): Promise<NestFastifyApplication> {
  /** The config that is in force. */
  let { config } = loaded;
  const warn = (of: Config): void => {
    for (const warning of warningsOf(of, env)) log.warn({ event: { action: 'config.warning' } }, warning);
  };
  warn(config);
  const clock = systemClock;
  const meters = new Meters();
  const counters = new RunCounters(meters, clock, targetTypeOf);
  const journal = heard(storage.journal, [runLog(log), counters]);
  const { callbacks } = journal;
  const surroundings = { env, gates: new Gates(gateObserver(log)), callbacks };
  const first = partsOfConfig(config, surroundings);
  const declared = new Rotations(first.rotations, journal, clock, config.limits);
  const watch = new Watch(first.sights, {
    journal,
    clock,
    random: Math.random,
    adopt: async (name, reason, only) =>
      declared.start(name, 'adopt', { kind: 'watch', reason }, only ? { only } : {}),
    tell: tellDrift(journal.notifications),
    observer: watchObserver(log),
  });
  collectDefaultMetrics({ register: meters.registry });
  const { notifications } = journal;
  const sender = new Senders(
    { notifications, clock, random: Math.random, observer: senderObserver(log, meters) },
    first.notifiers,
  );
  const tester = new NotifierTester({ notifiers: first.tested, clock });
  const planner = new Planner(first.sights, declared, journal, clock);
  const reporter = new Reporter(first.rotations, journal.archive, clock);
  const deployments = new Deployments(first.deployments, clock);
  const doctor = new Doctor(first.examined, clock);
  const heartbeats = new Heartbeats(first.heartbeats, {
    clock,
    observer: heartbeatObserver(log, meters),
  });
  const gauges = new RotationGauges(meters, { declared: first.rotations, journal, clock });
  const requestLimits = new RequestLimits(config.server.rateLimit.perMinute);
  const gatekeeper = new Gatekeeper({
    owner: storage.apiToken,
    tokens: storage.tokens,
    issuers: first.issuers,
    journal,
    clock,
    labelsOf: (name) => declared.labelsOf(name),
  });
  /** Everything that may fail comes first; from the first that is put in force on nothing waits for anything. */
  const prepare: ReloaderDeps['prepare'] = (next, changes) => {
    checkSetUp(next, env);
    const parts = partsOfConfig(next, surroundings);
    return async () => {
      config = next;
      declared.use(parts.rotations, next.limits);
      watch.use(parts.sights, unchangedIn(next, changes));
      planner.use(parts.sights);
      reporter.use(parts.rotations);
      deployments.use(parts.deployments);
      doctor.use(parts.examined);
      heartbeats.use(parts.heartbeats);
      gauges.use(parts.rotations);
      gatekeeper.trust(parts.issuers);
      requestLimits.perMinute = next.server.rateLimit.perMinute;
      storage.subscriptions.use(next);
      tester.use(parts.tested);
      warn(next);
      if (changes.settings.includes('notifiers')) await sender.use(parts.notifiers);
    };
  };
  const { observer: told } = new Telling({ log, meters, journal, clock });
  const parts = {
    reloader: new Reloader(loaded, { reader, options, clock, prepare, observer: told }),
    reader,
    log,
    baseUrl: config.server.baseUrl,
    journal,
    engine: new Engine({
      journal,
      clock,
      random: Math.random,
      portsFor: (run) => portsOf(run, surroundings),
      observer: observer(log),
    }),
    sender,
    heartbeats,
    tester,
    rotations: declared,
    awsRotation: new AwsRotation((call) => openDriven(config, surroundings, call), clock),
    watch,
    planner,
    deployments,
    doctor,
    reporter,
    meters,
    scrape: new Scrape(
      meters,
      [
        gauges,
        new OutboxGauges(meters, journal.notifications),
        new ApiTokenGauges(meters, storage.tokens, clock),
      ],
      watch,
    ),
    tokens: storage.tokens,
    clock,
    gatekeeper,
    requestLimits,
  };
  return createHttpApp(AppModule.of(parts), nestLogger(log));
}

/** Throws `config_invalid` where the address cannot be listened on. */
export async function listen(app: NestFastifyApplication, address: Address): Promise<void> {
  try {
    await app.listen(address.port, address.host);
  } catch (cause) {
    await app.close();
    throw cannotListen(address, cause);
  }
}
