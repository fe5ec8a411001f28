import 'reflect-metadata';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { collectDefaultMetrics } from 'prom-client';
import { AppModule } from './app.module.js';
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
import { TrustedIssuers } from './triggers/access/jwt.js';
import { RequestLimits } from './triggers/access/request-limits.js';
import { AwsRotation } from './triggers/aws-rotation.js';
import { Deployments, type Declared as DeclaredDeployments } from './triggers/deployments/deployments.js';
import { Doctor, type Declared as DeclaredExamined } from './triggers/doctor/doctor.js';
import { createHttpApp } from './triggers/http-app.js';
import { Planner } from './triggers/planner.js';
import { Reporter } from './triggers/report/report.js';
import { Rotations } from './triggers/rotations.js';
import { Watch } from './rotation/watch.js';
import { greeterOf } from './wiring/clients.js';
import { cloudsOf, selectingOf } from './wiring/deployments.js';
import { declare, openDriven, portsOf, targetTypeOf, watched } from './wiring/index.js';
import { checkSetUp, setUpChecks, warningsOf } from './set-up.js';
import { heartbeatsOf, notifiersOf, testedNotifiers } from './wiring/webhooks.js';

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
  const deploymentsIn = (of: Config): DeclaredDeployments => ({
    clouds: cloudsOf(of, surroundings),
    selecting: selectingOf(of),
  });
  const examinedIn = (of: Config, sights: ReturnType<typeof watched>): DeclaredExamined => ({
    setUp: () => setUpChecks(of, env, 'The config of the service'),
    rotations: sights.map(({ name, ports }) => ({ name, ports, greet: greeterOf(name, of, env) })),
  });
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
  const { notifications } = journal;
  const sender = new Senders(
    { notifications, clock, random: Math.random, observer: senderObserver(log, meters) },
    notifiers,
  );
  const tester = new NotifierTester({ notifiers: testedNotifiers(config, notifiers), clock });
  const planner = new Planner(looked, declared, journal, clock);
  const reporter = new Reporter(rotations, journal.archive, clock);
  const deployments = new Deployments(deploymentsIn(config), clock);
  const doctor = new Doctor(examinedIn(config, looked), clock);
  const heartbeats = new Heartbeats(heartbeatsOf(config, env), {
    clock,
    observer: heartbeatObserver(log, meters),
  });
  const gauges = new RotationGauges(meters, { declared: rotations, journal, clock });
  const requestLimits = new RequestLimits(config.server.rateLimit.perMinute);
  const gatekeeper = new Gatekeeper({
    owner: storage.apiToken,
    tokens: storage.tokens,
    issuers: new TrustedIssuers(config.server.auth.jwt),
    journal,
    clock,
    labelsOf: (name) => declared.labelsOf(name),
  });
  /** Everything that may fail comes first; from the first that is put in force on nothing waits for anything. */
  const prepare: ReloaderDeps['prepare'] = (next, changes) => {
    checkSetUp(next, env);
    const [fresh, sights, receivers] = [
      declare(next, env),
      watched(next, surroundings),
      notifiersOf(next, env),
    ];
    const issuers = new TrustedIssuers(next.server.auth.jwt);
    const [places, examined, beats] = [
      deploymentsIn(next),
      examinedIn(next, sights),
      heartbeatsOf(next, env),
    ];
    return async () => {
      config = next;
      declared.use(fresh, next.limits);
      watch.use(sights, unchangedIn(next, changes));
      planner.use(sights);
      reporter.use(fresh);
      deployments.use(places);
      doctor.use(examined);
      heartbeats.use(beats);
      gauges.use(fresh);
      gatekeeper.trust(issuers);
      requestLimits.perMinute = next.server.rateLimit.perMinute;
      storage.subscriptions.use(next);
      tester.use(testedNotifiers(next, receivers));
      warn(next);
      if (changes.settings.includes('notifiers')) await sender.use(receivers);
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
