import 'reflect-metadata';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import { AppModule } from '../../src/app.module.js';
import { readConfig, readingHere } from '../../src/config/index.js';
import { ApiTokens } from '../../src/journal/api-tokens.js';
import type { Database } from '../../src/journal/database.js';
import type { Cloud } from '../../src/issuers/inventory.js';
import type { Journal } from '../../src/journal/journal.js';
import type { Clock } from '../../src/rotation/clock.js';
import { Heartbeats, type Checks } from '../../src/notifiers/healthchecks/heartbeats.js';
import { NotifierTester, type TesterDeps } from '../../src/notifiers/tester.js';
import { Reloader } from '../../src/reloading/reloader.js';
import { Telling } from '../../src/reloading/telling.js';
import { RotorError } from '../../src/rotation/errors.js';
import type { Ports } from '../../src/rotation/ports.js';
import { Watch } from '../../src/rotation/watch.js';
import { ApiTokenGauges } from '../../src/telemetry/api-token-gauges.js';
import { Meters } from '../../src/telemetry/meters.js';
import { OutboxGauges } from '../../src/telemetry/outbox-gauges.js';
import { RotationGauges } from '../../src/telemetry/rotation-gauges.js';
import { heartbeatObserver, watchObserver } from '../../src/telemetry/run-log.js';
import { Scrape } from '../../src/telemetry/scrape.js';
import { Gatekeeper } from '../../src/triggers/access/gatekeeper.js';
import { TrustedIssuers, type TrustedIssuer } from '../../src/triggers/access/jwt.js';
import { RequestLimits } from '../../src/triggers/access/request-limits.js';
import type { ApiToken } from '../../src/triggers/api-token.js';
import { createHttpApp } from '../../src/triggers/http-app.js';
import { AwsRotation, type DrivenCall, type OpenedCall } from '../../src/triggers/aws-rotation.js';
import { Deployments } from '../../src/triggers/deployments/deployments.js';
import type { Selecting } from '../../src/triggers/deployments/matching.js';
import { Doctor } from '../../src/triggers/doctor/doctor.js';
import { Planner } from '../../src/triggers/planner.js';
import { Reporter } from '../../src/triggers/report/report.js';
import { Rotations, type DeclaredRotation } from '../../src/triggers/rotations.js';
import type { Answered } from './api/answer-check.js';
import type { DuePolicy } from '../../src/rotation/schedule/policy.js';
import { NO_LIMITS, policy } from '../rotation/schedule/policies.js';
import { aRun } from '../contracts/journal.contract.js';

/** Whose calls of a rotation the API takes; none unless given. */
export type Driven = Partial<Pick<DeclaredRotation, 'drivenBy'>> & {
  readonly open?: (call: DrivenCall) => OpenedCall;
};

const DAY = 24 * 60 * 60_000;

export type Surroundings = {
  readonly journal: Journal;
  readonly database: Database;
  readonly clock: Clock;
  readonly apiToken: ApiToken;
  /** Besides `checkout`, of which `env` is `prod`: the names and labels of others. */
  readonly others?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly driven?: Driven;
  /** Of each rotation. Default: a new token needs nobody's approval. */
  readonly approval?: DeclaredRotation['approval'];
  /** Those alone have it. Default: each. */
  readonly approvalOf?: readonly string[];
  readonly issuers?: readonly TrustedIssuer[];
  /** What plans and verifications look at. Default: nothing that can be looked at. */
  readonly ports?: () => Ports;
  /** Where people reach it. Default: nobody has said. */
  readonly baseUrl?: string;
  /** Who can be sent a test event. Default: nobody. */
  readonly notifiers?: TesterDeps['notifiers'];
  /** What `GET /v1/deployments` asks, and how `checkout` and the others select. Default: nobody, and nothing. */
  readonly clouds?: readonly Cloud[];
  readonly select?: (rotation: string) => Pick<Selecting, 'select' | 'cloud'>;
  /** What is pinged. Default: nothing. */
  readonly checks?: Checks;
  /** When each rotation is due, beside its age. Default: at any time. */
  readonly due?: Partial<DuePolicy>;
  /** Default: 0, so that a token that is due is overdue. */
  readonly renewBeforeMs?: number;
  /** Default: more than a test can send. */
  readonly perMinute?: number;
  /** What the config file holds when it is read again. Default: what it held. */
  readonly configText?: () => string;
  /** Hears of every answer but streams of events. */
  readonly heard?: (answer: Answered) => void;
};

/** For what shows the config; the rotations of the API are `declared`. */
export const CONFIG = `version: 1
cloud: { apiKey: '\${env:EC_API_KEY}' }
rotations:
  - name: checkout
    select: { deployment: checkout-prod }
    maxAge: 30d
    store: { type: aws-secrets-manager, secretId: prod/apm/checkout }
    targets: []
`;

const NO_PORTS = (): Ports => {
  throw new RotorError('config_invalid', 'nothing can be looked at here');
};

/** The API of a service with rotations that are due every thirty days. Nobody works on its runs. */
export async function openApi(around: Surroundings): Promise<NestFastifyApplication> {
  const {
    journal,
    database,
    clock,
    apiToken,
    others = {},
    driven = {},
    issuers = [],
    perMinute = 100_000,
    ports = NO_PORTS,
    baseUrl,
    notifiers = new Map(),
    clouds = [],
    select = () => ({ select: {}, cloud: null }),
  } = around;
  const { rotation: _r, mode: _m, trigger: _t, ...template } = aRun();
  const all = Object.entries({ checkout: { env: 'prod' }, ...others });
  const declared = all.map(([name, labels]) => ({
    name,
    labels,
    due: policy({ maxAgeMs: 30 * DAY, renewBeforeMs: around.renewBeforeMs ?? 0, ...around.due }),
    upstream: 'cloud',
    ...(around.approval && (around.approvalOf?.includes(name) ?? true) && { approval: around.approval }),
    ...(driven.drivenBy && { drivenBy: driven.drivenBy }),
    targets: [{ name: 'web', type: 'file', wave: 1 }],
    basis: null,
    template: name === 'checkout' ? template : { ...template, storeKey: name },
  }));
  const rotations = new Rotations(declared, journal, clock, NO_LIMITS);
  const engine = { start: () => undefined, stop: async () => undefined };
  const log = pino({ level: 'silent' });
  const watch = new Watch([], {
    journal,
    clock,
    random: () => 0,
    adopt: async () => undefined,
    tell: async () => undefined,
    observer: watchObserver(log),
  });
  const tokens = new ApiTokens(database, clock);
  const meters = new Meters();
  const gauges = new RotationGauges(meters, { declared, journal, clock });
  const reloader = new Reloader(readConfig('rotor.yaml', { text: CONFIG }), {
    reader: {
      ...readingHere,
      read: async (file) => readConfig(file, { text: around.configText?.() ?? CONFIG }),
    },
    options: {},
    clock,
    prepare: () => async () => undefined,
    observer: new Telling({ log, meters, journal, clock }).observer,
  });
  const module = AppModule.of({
    reloader,
    reader: readingHere,
    log,
    baseUrl,
    journal,
    engine,
    sender: engine,
    heartbeats: new Heartbeats(around.checks ?? new Map(), {
      clock,
      observer: heartbeatObserver(log, meters),
    }),
    tester: new NotifierTester({ notifiers, clock }),
    rotations,
    awsRotation: new AwsRotation(driven.open ?? noneDriven, clock),
    watch,
    planner: new Planner(
      // Long enough for a plan to say that a run would wait.
      all.map(([name]) => ({ name, policy: { ...template.policy, prepareDeadlineMs: 5 * 60_000 }, ports })),
      rotations,
      journal,
      clock,
    ),
    deployments: new Deployments(
      { clouds, selecting: all.map(([name, labels]) => ({ name, labels, ...select(name) })) },
      clock,
    ),
    doctor: new Doctor(
      {
        setUp: () => [{ check: 'config', state: 'ok', detail: 'It is valid.' }],
        rotations: all.map(([name]) => ({ name, ports, greet: async () => new Date(clock.now()) })),
      },
      clock,
    ),
    reporter: new Reporter(declared, journal.archive, clock),
    meters,
    scrape: new Scrape(
      meters,
      [gauges, new OutboxGauges(meters, journal.notifications), new ApiTokenGauges(meters, tokens, clock)],
      watch,
    ),
    tokens,
    clock,
    gatekeeper: new Gatekeeper({
      owner: apiToken,
      tokens,
      issuers: new TrustedIssuers(issuers),
      journal,
      clock,
      labelsOf: (name) => rotations.labelsOf(name),
    }),
    requestLimits: new RequestLimits(perMinute),
  });
  const app = await createHttpApp(module, false);
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onSend', async ({ method, url }, reply, payload) => {
    const body = typeof payload === 'string' ? payload : '';
    const type = String(reply.getHeader('content-type'));
    const headers = Object.keys(reply.getHeaders());
    around.heard?.({ method, url, status: reply.statusCode, type, body, headers });
    return payload;
  });
  await app.init();
  return app;
}

function noneDriven({ secretId }: DrivenCall): never {
  throw new RotorError('not_found', `no rotation is driven by ${secretId}`);
}
