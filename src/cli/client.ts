import { stat, writeFile } from 'node:fs/promises';
import type { z } from 'zod';
import { Approvals } from './approvals/service.js';
import { problem } from './answered-problem.js';
import { Connection, wordsOf, type Query } from './connection.js';
import { endpointFromEnvironment } from './endpoint.js';
import { MOST } from './limit.js';
import { lastOf } from './verifying.js';
import type { AuditProgress, AuditReport } from '../journal/journal.js';
import type { DeliveryWish } from '../rotation/asking-deliveries.js';
import { RotorError, systemCode } from '../rotation/errors.js';
import type { Secret } from '../rotation/secret.js';
import type {
  ApiTokenView,
  BulkStarted,
  ConfigReloaded,
  CreatedToken,
  DeploymentList as DeploymentListAnswer,
  EventList,
  Examination,
  Info,
  Plan as PlanAnswer,
  RunList,
  NotificationList,
  NotificationView,
  Report as ReportAnswer,
  NotifierTested,
  RotationList,
  RunSummary as RunSummaryAnswer,
  TargetList,
  TokenMatches,
  Verification as VerificationAnswer,
  Whereabouts as WhereaboutsAnswer,
} from '../triggers/api/answers/index.js';
import type { CreateToken, Redeliver, StartRun, StartRuns } from '../triggers/api/requests.js';
import type { RunView } from '../triggers/run-view.js';
import type { ShownConfig } from '../config/index.js';
import type { RotationDetail, RotationView } from '../triggers/rotation-view.js';

/** What only a person may decide; see `POST /v1/runs/{id}/resolve`. */
export type Resolution = 'adopt' | 'rollback' | 'reset-again';

/** Of a run that is to be started. */
export type StartMode = z.output<typeof StartRun>['mode'];

export type Started = { readonly id: string; readonly rotation: string };
export type Notification = z.output<typeof NotificationView>;
export type ApiToken = z.output<typeof ApiTokenView>;
export type Plan = z.output<typeof PlanAnswer>;
export type Verification = z.output<typeof VerificationAnswer>;
export type Whereabouts = z.output<typeof WhereaboutsAnswer>;
export type Report = z.output<typeof ReportAnswer>;
export type EventPage = z.output<typeof EventList>;
export type DeploymentList = z.output<typeof DeploymentListAnswer>;
export type Deployment = DeploymentList['deployments'][number];
export type Check = z.output<typeof Examination>['checks'][number];
export type Target = z.output<typeof TargetList>['targets'][number];
export type RunSummary = z.output<typeof RunSummaryAnswer>;

/** The REST API as the commands use it. Throws `server_unreachable`, or what the service answered. */
export class Client {
  readonly address: string;
  readonly approvals: Approvals;
  readonly #service: Connection;

  constructor(address: string, token: Secret) {
    this.address = address;
    this.#service = new Connection(address, token);
    this.approvals = new Approvals(this.#service);
  }

  static async fromEnvironment(): Promise<Client> {
    const { address, token } = await endpointFromEnvironment();
    return new Client(address, token);
  }

  async info(): Promise<z.output<typeof Info>> {
    return this.#service.ask('GET', '/v1/info');
  }

  /** That the service runs with. */
  async config(): Promise<ShownConfig> {
    return this.#service.ask('GET', '/v1/config');
  }

  async reloadConfig(): Promise<z.output<typeof ConfigReloaded>> {
    return this.#service.ask('POST', '/v1/config/reload');
  }

  /** All of them, in the order of the config; what is undefined is not asked for. */
  async rotations(query: Query = {}): Promise<readonly RotationView[]> {
    const first = `/v1/rotations?${wordsOf({ ...query, limit: String(MOST) })}`;
    const pages = await this.#service.pages<z.output<typeof RotationList>>(first);
    return pages.flatMap(({ rotations }) => rotations);
  }

  async targets(query: Query = {}): Promise<readonly Target[]> {
    const path = `/v1/targets?${wordsOf(query)}`;
    return (await this.#service.ask<z.output<typeof TargetList>>('GET', path)).targets;
  }

  async rotation(name: string): Promise<RotationDetail> {
    return this.#service.ask('GET', `/v1/rotations/${encodeURIComponent(name)}`);
  }

  /** `until`: RFC 3339 with an offset. */
  async pause(name: string, reason: string, until?: string): Promise<RotationDetail> {
    const body = { reason, ...(until !== undefined && { until }) };
    return this.#service.ask('POST', `/v1/rotations/${encodeURIComponent(name)}/pause`, body);
  }

  async resume(name: string, reason: string): Promise<RotationDetail> {
    return this.#service.ask('POST', `/v1/rotations/${encodeURIComponent(name)}/resume`, { reason });
  }

  /** Newest first; what is undefined is not asked for. */
  async notifications(query: Query): Promise<z.output<typeof NotificationList>> {
    return this.#service.ask('GET', `/v1/notifications?${wordsOf(query)}`);
  }

  async replay(id: string): Promise<Notification> {
    return this.#service.ask('POST', `/v1/notifications/${encodeURIComponent(id)}/replay`);
  }

  async testNotifier(name: string): Promise<z.output<typeof NotifierTested>> {
    return this.#service.ask('POST', `/v1/notifiers/${encodeURIComponent(name)}/test`);
  }

  /** However long the log is: tells what was read so far about each second. */
  async audit(told: (sofar: AuditProgress) => void = () => undefined): Promise<AuditReport> {
    const response = await this.#service.send('POST', '/v1/audit/verify', {});
    if (!response.ok || !response.body) throw problem(response.status, (await response.json()) ?? {});
    const last = await lastOf(response.body, told);
    if (last?.report) return last.report;
    if (last?.problem) throw problem(last.problem.status ?? 500, last.problem);
    throw new RotorError('server_unreachable', `${this.address} ended before the whole log was verified`);
  }

  /** Writes the journal to a new file; returns its size in bytes. Throws `request_invalid` where it is there already. */
  async backup(file: string): Promise<number> {
    const response = await this.#service.send('GET', '/v1/backup', undefined);
    if (!response.ok || !response.body) throw problem(response.status, (await response.json()) ?? {});
    try {
      await writeFile(file, response.body, { flag: 'wx', mode: 0o600 });
    } catch (cause) {
      await response.body.cancel().catch(() => undefined);
      throw new RotorError(
        'request_invalid',
        `${file} cannot be written (${systemCode(cause) ?? 'unknown error'})`,
        {
          cause,
          hint: 'Name a file that is not there yet, in a folder that you may write to.',
        },
      );
    }
    return (await stat(file)).size;
  }

  /** What is no JSON, with whatever status it has. */
  async raw(path: '/readyz?verbose' | '/metrics'): Promise<Response> {
    return this.#service.send('GET', path, undefined);
  }

  /** What is undefined is not asked for. */
  async exportAudit(query: Query): Promise<ReadableStream<Uint8Array>> {
    const response = await this.#service.send('GET', `/v1/audit/export?${wordsOf(query)}`, undefined);
    if (response.ok && response.body) return response.body;
    throw problem(response.status, (await response.json()) ?? {});
  }

  /** Times as RFC 3339. */
  async report(from: string, to: string, selector?: string): Promise<Report> {
    const query = new URLSearchParams({ from, to, ...(selector !== undefined && { selector }) });
    return this.#service.ask('GET', `/v1/report?${query.toString()}`);
  }

  /** What is undefined is not asked for. */
  async deployments(query: Query = {}): Promise<DeploymentList> {
    return this.#service.ask('GET', `/v1/deployments?${wordsOf(query)}`);
  }

  /** Of all rotations: page by page, each of which takes the service up to half a minute. */
  async examine(query: Query): Promise<Check[]> {
    const pages = await this.#service.pages<z.output<typeof Examination>>(`/v1/doctor?${wordsOf(query)}`);
    return pages.flatMap(({ checks }) => checks);
  }

  async plan(name: string, isUrgent = false): Promise<Plan> {
    const mode = isUrgent ? 'emergency' : 'rotate';
    return this.#service.ask('POST', `/v1/rotations/${encodeURIComponent(name)}/plan`, { mode });
  }

  async verify(name: string): Promise<Verification> {
    return this.#service.ask('POST', `/v1/rotations/${encodeURIComponent(name)}/verify`);
  }

  /** The runs that have had this token at hand. */
  async findToken(fingerprint: string): Promise<z.output<typeof TokenMatches>> {
    return this.#service.ask('GET', `/v1/fingerprints/${encodeURIComponent(fingerprint)}`);
  }

  async where(name: string, fingerprint: string): Promise<Whereabouts> {
    return this.#service.ask('POST', `/v1/rotations/${encodeURIComponent(name)}/where`, { fingerprint });
  }

  async redeliver(name: string, body: z.input<typeof Redeliver>): Promise<Started> {
    return this.#service.ask('POST', `/v1/rotations/${encodeURIComponent(name)}/redeliver`, body);
  }

  async startAll(body: z.input<typeof StartRuns>): Promise<z.output<typeof BulkStarted>> {
    return this.#service.ask('POST', '/v1/runs', body);
  }

  /** Newest first; what is undefined is not asked for. */
  async runs(query: Query): Promise<z.output<typeof RunList>> {
    return this.#service.ask('GET', `/v1/runs?${wordsOf(query)}`);
  }

  /** Oldest first; what is undefined is not asked for. */
  async events(query: Query): Promise<EventPage> {
    return this.#service.ask('GET', `/v1/events?${wordsOf(query)}`);
  }

  async start(name: string, mode: StartMode, reason: string, planId?: string): Promise<Started> {
    const body = { mode, reason, ...(planId !== undefined && { planId }) };
    return this.#service.ask('POST', `/v1/rotations/${encodeURIComponent(name)}/runs`, body);
  }

  /** Returns the run that goes on: with `retry` another one where this one has ended. */
  async askOf(id: string, what: 'retry' | 'cancel' | 'pause' | 'resume', reason: string): Promise<Started> {
    return this.#service.ask('POST', `/v1/runs/${encodeURIComponent(id)}/${what}`, { reason });
  }

  /** Returns the run that answers: another one where this one has ended. */
  async askOfDelivery(id: string, target: string, what: DeliveryWish, reason: string): Promise<Started> {
    const path = `/v1/runs/${encodeURIComponent(id)}/deliveries/${encodeURIComponent(target)}/${what}`;
    return this.#service.ask('POST', path, { reason });
  }

  async resolve(id: string, how: Resolution, reason: string): Promise<Started> {
    return this.#service.ask('POST', `/v1/runs/${encodeURIComponent(id)}/resolve`, { how, reason });
  }

  async tokens(): Promise<readonly ApiToken[]> {
    return (await this.#service.ask<{ tokens: readonly ApiToken[] }>('GET', '/v1/tokens')).tokens;
  }

  async createToken(token: z.input<typeof CreateToken>): Promise<z.output<typeof CreatedToken>> {
    return this.#service.ask('POST', '/v1/tokens', token);
  }

  async revokeToken(id: string): Promise<ApiToken> {
    return this.#service.ask('DELETE', `/v1/tokens/${encodeURIComponent(id)}`);
  }

  async run(
    id: string,
    wait?: { readonly since: number; readonly seconds: number },
    signal?: AbortSignal,
  ): Promise<RunView> {
    const query = wait ? `?wait=${wait.seconds}s&since=${wait.since}` : '';
    return this.#service.ask('GET', `/v1/runs/${encodeURIComponent(id)}${query}`, undefined, signal);
  }
}
