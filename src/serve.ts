import 'reflect-metadata';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { collectDefaultMetrics } from 'prom-client';
import { AppModule } from './app.module.js';
import { readingAside, type LoadedConfig } from './config/index.js';
import type { RawEnv } from './config/secret-ref.js';
import { tellDrift } from './events/tell-drift.js';
import { Gates } from './http/gate.js';
import { Heartbeats } from './notifiers/healthchecks/heartbeats.js';
import { Sender } from './notifiers/sender.js';
import { NotifierTester } from './notifiers/tester.js';
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
import { TrustedIssuers } from './triggers/access/jwt.js';
import { RequestLimits } from './triggers/access/request-limits.js';
import { AwsRotation } from './triggers/aws-rotation.js';
import { Deployments } from './triggers/deployments/deployments.js';
import { Doctor } from './triggers/doctor/doctor.js';
import { createHttpApp } from './triggers/http-app.js';
import { Planner } from './triggers/planner.js';
import { Reporter } from './triggers/report/report.js';
import { Rotations } from './triggers/rotations.js';
import { Watch } from './rotation/watch.js';
import { greeterOf } from './wiring/clients.js';
import { cloudsOf, selectingOf } from './wiring/deployments.js';
import { declare, openDriven, portsOf, targetTypeOf, watched } from './wiring/index.js';
import { setUpChecks, warningsOf } from './set-up.js';
import { heartbeatsOf, notifiersOf, testedNotifiers } from './wiring/webhooks.js';

/** Builds the service on what outlives it; it works from `listen` or `init` on. */
export async function createService(
  loaded: LoadedConfig,
  env: RawEnv,
  log: Logger,
  storage: Storage,
): Promise<NestFastifyApplication> {
  const { config } = loaded;
  for (const warning of warningsOf(config, env)) log.warn({ event: { action: 'config.warning' } }, warning);
  const rotations = declare(config, env);
  const clock = systemClock;
  const meters = new Meters();
  const counters = new RunCounters(meters, clock, targetTypeOf);
  const journal = heard(storage.journal, [runLog(log), counters]);
  const declared = new Rotations(rotations, journal, clock, config.limits);
  const { callbacks } = journal;
  const surroundings = { env, gates: new Gates(gateObserver(log)), callbacks };
  const looked = watched(config, surroundings);
  const watch = new Watch(looked, {
    journal,
    clock,
    random: Math.random,
    adopt: async (name, reason, only) =>
      declared.start(name, 'adopt', { kind: 'watch', reason }, only ? { only } : {}),
    tell: tellDrift(journal.notifications),
    observer: watchObserver(log),
  });
  const notifiers = notifiersOf(config, env);
  collectDefaultMetrics({ register: meters.registry });
  const parts = {
    loaded,
    reader: readingAside,
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
    sender: new Sender({
      notifications: journal.notifications,
      notifiers,
      clock,
      random: Math.random,
      observer: senderObserver(log, meters),
    }),
    heartbeats: new Heartbeats({
      checks: heartbeatsOf(config, env),
      clock,
      observer: heartbeatObserver(log, meters),
    }),
    tester: new NotifierTester({ notifiers: testedNotifiers(config, notifiers), clock }),
    rotations: declared,
    awsRotation: new AwsRotation((call) => openDriven(config, surroundings, call), clock),
    watch,
    planner: new Planner(looked, declared, journal, clock),
    deployments: new Deployments({
      clouds: cloudsOf(config, surroundings),
      selecting: selectingOf(config),
      clock,
    }),
    doctor: new Doctor({
      setUp: () => setUpChecks(config, env, 'The config of the service'),
      rotations: looked.map(({ name, ports }) => ({ name, ports, greet: greeterOf(name, config, env) })),
      clock,
    }),
    reporter: new Reporter(rotations, journal.archive, clock),
    meters,
    scrape: new Scrape(
      meters,
      [
        new RotationGauges(meters, { declared: rotations, journal, clock }),
        new OutboxGauges(meters, journal.notifications),
        new ApiTokenGauges(meters, storage.tokens, clock),
      ],
      watch,
    ),
    tokens: storage.tokens,
    clock,
    gatekeeper: new Gatekeeper({
      owner: storage.apiToken,
      tokens: storage.tokens,
      issuers: new TrustedIssuers(config.server.auth.jwt),
      journal,
      clock,
      labelsOf: (name) => declared.labelsOf(name),
    }),
    requestLimits: new RequestLimits(config.server.rateLimit.perMinute),
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
