import type { BeforeApplicationShutdown, DynamicModule, OnApplicationBootstrap } from '@nestjs/common';
import { Inject, Injectable, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import type { Logger } from 'pino';
import type { ConfigReader } from './config/index.js';
import { ApiTokens } from './journal/api-tokens.js';
import type { Journal } from './journal/journal.js';
import { Heartbeats } from './notifiers/healthchecks/heartbeats.js';
import { NotifierTester } from './notifiers/tester.js';
import { Reloader } from './reloading/reloader.js';
import type { Clock } from './rotation/clock.js';
import { Watch } from './rotation/watch.js';
import { Credentials } from './telemetry/credentials.js';
import { HealthController } from './telemetry/health.controller.js';
import { Meters } from './telemetry/meters.js';
import { MetricsController } from './telemetry/metrics.controller.js';
import { Scrape } from './telemetry/scrape.js';
import { countUpstreams } from './telemetry/upstreams.js';
import { BASE_URL, CLOCK, CONFIG_READER, ENGINE, JOURNAL, LOG, SENDER } from './tokens.js';
import { Gatekeeper } from './triggers/access/gatekeeper.js';
import { TokensController } from './triggers/access/tokens.controller.js';
import { RequestLimits } from './triggers/access/request-limits.js';
import { ApprovalsController } from './triggers/approvals/approvals.controller.js';
import { Approving } from './triggers/approvals/approving.js';
import { Requesting } from './triggers/approvals/requesting.js';
import { LapseTrigger } from './triggers/approvals/lapse.trigger.js';
import { Asking } from './triggers/asking.js';
import { AskingController } from './triggers/asking.controller.js';
import { ContractController } from './triggers/api/contract.controller.js';
import { CallbackTokens } from './triggers/callback-tokens.js';
import { CallbacksController } from './triggers/callbacks.controller.js';
import { ConfigController } from './triggers/config.controller.js';
import { NotificationsController } from './triggers/notifications.controller.js';
import { EventsController } from './triggers/events.controller.js';
import { NotifiersController } from './triggers/notifiers.controller.js';
import { DeclaredTrigger } from './triggers/declared.trigger.js';
import { ExpiryTrigger } from './triggers/expiry.trigger.js';
import { Pauses } from './triggers/pauses.js';
import { OverdueTrigger } from './triggers/overdue.trigger.js';
import { Deployments } from './triggers/deployments/deployments.js';
import { DeploymentsController } from './triggers/deployments.controller.js';
import { Doctor } from './triggers/doctor/doctor.js';
import { DoctorController } from './triggers/doctor.controller.js';
import { TargetsController } from './triggers/targets.controller.js';
import { AuditController } from './triggers/audit.controller.js';
import { BulkController } from './triggers/bulk.controller.js';
import { LinksController } from './triggers/links.controller.js';
import { LookingController } from './triggers/looking.controller.js';
import { Planner } from './triggers/planner.js';
import { Reporter } from './triggers/report/report.js';
import { ReportController } from './triggers/report.controller.js';
import { AwsRotation } from './triggers/aws-rotation.js';
import { AwsRotationController } from './triggers/aws-rotation.controller.js';
import { BackupController } from './triggers/backup.controller.js';
import { ProblemsController } from './triggers/problems/problems.controller.js';
import { ProblemFilter } from './triggers/problem.filter.js';
import { Rotations } from './triggers/rotations.js';
import { RotationsController } from './triggers/rotations.controller.js';
import { RunsController } from './triggers/runs.controller.js';
import { ServiceController } from './triggers/service.controller.js';
import { ScheduleTrigger } from './triggers/schedule.trigger.js';
import { StallTrigger } from './triggers/stall.trigger.js';
import { WatchTrigger } from './triggers/watch.trigger.js';
import { WhereController } from './triggers/where.controller.js';

/** What works on the runs, or on the outbox; see `rotation/engine.ts` and `notifiers/sender.ts`. */
type Worker = { start(): void; stop(): Promise<void> };

export type Parts = {
  readonly reloader: Reloader;
  readonly reader: ConfigReader;
  readonly log: Logger;
  /** Where people reach the API, without a slash at the end. */
  readonly baseUrl?: string | undefined;
  readonly journal: Journal;
  readonly engine: Worker;
  readonly sender: Worker;
  readonly tester: NotifierTester;
  readonly heartbeats: Heartbeats;
  readonly rotations: Rotations;
  readonly planner: Planner;
  readonly deployments: Deployments;
  readonly doctor: Doctor;
  readonly reporter: Reporter;
  readonly awsRotation: AwsRotation;
  readonly watch: Watch;
  readonly meters: Meters;
  readonly scrape: Scrape;
  readonly tokens: ApiTokens;
  readonly clock: Clock;
  readonly gatekeeper: Gatekeeper;
  readonly requestLimits: RequestLimits;
};

/** Runs begin when everything is wired and end, at a checkpoint each, before the journal is closed. */
@Injectable()
class EngineLife implements OnApplicationBootstrap, BeforeApplicationShutdown {
  #stopCounting: () => void = () => undefined;

  constructor(
    @Inject(ENGINE) private readonly engine: Worker,
    @Inject(SENDER) private readonly sender: Worker,
    @Inject(JOURNAL) private readonly journal: Journal,
    @Inject(Watch) private readonly watch: Watch,
    @Inject(Meters) private readonly meters: Meters,
    @Inject(Credentials) private readonly credentials: Credentials,
    @Inject(Heartbeats) private readonly heartbeats: Heartbeats,
  ) {}

  onApplicationBootstrap(): void {
    this.#stopCounting = countUpstreams(this.meters, this.credentials);
    this.engine.start();
    this.sender.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.watch.stop();
    await this.engine.stop();
    await this.sender.stop();
    await this.heartbeats.stop();
    this.#stopCounting();
    await this.journal.close();
  }
}

/** The wiring, in the order of the flow: triggers, rotation, telemetry. The parts are plain classes built outside. */
@Module({})
export class AppModule {
  static of({
    log,
    baseUrl = '',
    journal,
    engine,
    sender,
    rotations,
    watch,
    meters,
    scrape,
    ...parts
  }: Parts): DynamicModule {
    const approvals = { journal, rotations, planner: parts.planner, clock: parts.clock };
    return {
      module: AppModule,
      imports: [ScheduleModule.forRoot()],
      controllers: [
        ServiceController,
        DeploymentsController,
        DoctorController,
        TargetsController,
        LinksController,
        RotationsController,
        RunsController,
        AskingController,
        ApprovalsController,
        EventsController,
        AwsRotationController,
        AuditController,
        BackupController,
        BulkController,
        LookingController,
        WhereController,
        ReportController,
        ContractController,
        ProblemsController,
        TokensController,
        NotificationsController,
        NotifiersController,
        CallbacksController,
        ConfigController,
        HealthController,
        MetricsController,
      ],
      providers: [
        ScheduleTrigger,
        StallTrigger,
        WatchTrigger,
        OverdueTrigger,
        DeclaredTrigger,
        ExpiryTrigger,
        LapseTrigger,
        Credentials,
        ProblemFilter,
        EngineLife,
        { provide: Rotations, useValue: rotations },
        { provide: Planner, useValue: parts.planner },
        { provide: Deployments, useValue: parts.deployments },
        { provide: Doctor, useValue: parts.doctor },
        { provide: Reporter, useValue: parts.reporter },
        { provide: AwsRotation, useValue: parts.awsRotation },
        { provide: Asking, useValue: new Asking(journal, rotations) },
        { provide: Pauses, useValue: new Pauses(rotations, journal, parts.clock) },
        { provide: Requesting, useValue: new Requesting(approvals) },
        { provide: Approving, useValue: new Approving(approvals) },
        { provide: Watch, useValue: watch },
        { provide: Meters, useValue: meters },
        { provide: Scrape, useValue: scrape },
        { provide: ENGINE, useValue: engine },
        { provide: CallbackTokens, useValue: new CallbackTokens(journal.callbacks) },
        { provide: SENDER, useValue: sender },
        { provide: NotifierTester, useValue: parts.tester },
        { provide: Heartbeats, useValue: parts.heartbeats },
        { provide: ApiTokens, useValue: parts.tokens },
        { provide: Reloader, useValue: parts.reloader },
        { provide: CONFIG_READER, useValue: parts.reader },
        { provide: CLOCK, useValue: parts.clock },
        { provide: Gatekeeper, useValue: parts.gatekeeper },
        { provide: RequestLimits, useValue: parts.requestLimits },
        { provide: JOURNAL, useValue: journal },
        { provide: LOG, useValue: log },
        { provide: BASE_URL, useValue: baseUrl },
      ],
    };
  }
}
