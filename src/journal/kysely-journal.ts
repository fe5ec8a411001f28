import type { Transaction } from 'kysely';
import { opened } from '../events/happened.js';
import type { Clock } from '../rotation/clock.js';
import { RotorError } from '../rotation/errors.js';
import type { Asked, Millis, Run } from '../rotation/run.js';
import { wellFormed } from '../rotation/well-formed.js';
import { exported } from './audit-export.js';
import { addEntry, lockRun } from './append.js';
import { entriesOf, lastEntryOf } from './chain.js';
import type { Database } from './database.js';
import { verify } from './audit.js';
import { EndedRuns } from './ended-runs.js';
import { Filing } from './filing.js';
import { entryOf, runOf } from './forms.js';
import { guarded } from './guarded.js';
import { Heartbeat } from './heartbeat.js';
import { activeIn, startedSince } from './load.js';
import { historiesOf, lastSettledOf } from './history.js';
import { knownOf, newestOf } from './known.js';
import type { Act } from './act.js';
import type {
  AuditLine,
  AuditPart,
  AuditReport,
  Change,
  Claim,
  Entry,
  History,
  Journal,
  Known,
  Landmarks,
  Newest,
  NewRun,
  RunFilter,
  StartRequest,
} from './journal.js';
import { landmarksOf, runsOf, waitingRuns } from './landmarks.js';
import { claimNext, endLeases, isAnyFree, release, renew } from './leases.js';
import { backUp } from './back-up.js';
import { migrate } from './migrate.js';
import { listed } from './listed.js';
import { KyselyAnswers } from './kysely-answers.js';
import { KyselyApprovals } from './kysely-approvals.js';
import { KyselyArchive } from './kysely-archive.js';
import { KyselyCallbacks } from './kysely-callbacks.js';
import { KyselyFeed } from './kysely-feed.js';
import { KyselyNotifications } from './kysely-notifications.js';
import type { Subscribed } from './notifications.js';
import { openRun } from './open-run.js';
import { Outbox } from './outbox.js';
import { noteRequest, openedBefore } from './requests.js';
import { leaseLost, type RunRow } from './rows.js';
import { Saying } from './saying.js';
import type { Tables } from './tables.js';
import { Waits } from './waits.js';
import { written } from './written.js';

export type JournalOptions = {
  /** Guaranteed by a lock of the engine: need not wait for the leases of the process before it. */
  readonly soleWorker?: boolean;
  /** Default: nobody. */
  readonly subscribed?: Subscribed;
};

/** The journal over any database that kysely speaks to. Values are text and numbers, so that every engine agrees. */
export class KyselyJournal implements Journal {
  readonly notifications: KyselyNotifications;
  readonly callbacks: KyselyCallbacks;
  readonly approvals: KyselyApprovals;
  readonly answers: KyselyAnswers;
  readonly archive: KyselyArchive;
  readonly feed: KyselyFeed;
  readonly #ended = new EndedRuns(async (ids) => runsOf(this.db, ids));
  readonly #waits: Waits;
  readonly #outbox: Outbox;
  readonly #saying: Saying;
  readonly #heartbeat: Heartbeat;
  #filing: Filing | undefined;

  private constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    subscribed: Subscribed,
  ) {
    this.#waits = new Waits(database);
    this.#heartbeat = new Heartbeat(database, clock);
    this.#outbox = new Outbox(database, subscribed);
    this.#saying = new Saying(database, clock, this.#outbox);
    this.notifications = new KyselyNotifications(database, clock, this.#outbox);
    this.callbacks = new KyselyCallbacks(database, clock);
    this.answers = new KyselyAnswers(database, clock);
    this.approvals = new KyselyApprovals({ database, clock, outbox: this.#outbox });
    this.archive = new KyselyArchive(database);
    this.feed = new KyselyFeed(database.db, this.#waits);
  }

  private get db(): Database['db'] {
    return this.database.db;
  }

  /** Takes the database over, and closes it where it cannot be used. Brings the tables up to date first. */
  static async open(
    database: Database,
    clock: Clock,
    { soleWorker = false, subscribed = () => [] }: JournalOptions = {},
  ): Promise<KyselyJournal> {
    const { db } = database;
    const journal = new KyselyJournal(database, clock, subscribed);
    try {
      await migrate(db);
      if (soleWorker) await endLeases(db);
      journal.#filing = new Filing(database);
      return journal;
    } catch (error) {
      await journal.close();
      throw error;
    }
  }

  async open(asked: NewRun): Promise<Run> {
    await this.database.assertRoom?.();
    const now = this.clock.now();
    try {
      return await this.#written('opened', async (tx) => this.#open(tx, wellFormed(asked), now));
    } catch (error) {
      // The run that stands in the way may be the one that this very request has opened, by another replica.
      const before = asked.request && (await this.openedBy(asked.request));
      if (before) return before;
      throw error;
    }
  }

  async openedBy(request: StartRequest): Promise<Run | undefined> {
    return guarded(async () => openedBefore(this.db, request, this.clock.now()));
  }

  async claim(): Promise<Claim | undefined> {
    if (!(await guarded(async () => isAnyFree(this.db, this.database)))) return undefined;
    // With the writes of others: a commit of its own for each of many runs that are due at once would hold up all.
    const { database } = this;
    return guarded(async () => database.transaction(async (tx) => claimNext(tx, database)));
  }

  async renew(held: readonly Claim[]): Promise<readonly Claim[]> {
    return guarded(async () => renew(this.database, held));
  }

  async release(held: Claim): Promise<void> {
    await this.#written('opened', async (tx) => release(tx, held));
  }

  async append(claim: Claim, change: Change, mayAppend?: (run: Run) => void): Promise<Run> {
    return this.#written(claim.runId, async (tx) => {
      const row = await lockRun(tx, claim.runId, this.database);
      if (!row || row.epoch !== claim.epoch) throw leaseLost(claim);
      mayAppend?.(runOf(row));
      return this.#add(tx, row, wellFormed(change));
    });
  }

  async ask(id: string, asked: Asked, mayAsk: (run: Run) => void, request?: StartRequest): Promise<Run> {
    return this.#written(id, async (tx) => {
      const row = await lockRun(tx, id, this.database);
      const before = request && (await openedBefore(tx, request, this.clock.now()));
      if (before) return before;
      if (!row) throw new RotorError('not_found', `there is no run ${JSON.stringify(id)}`);
      mayAsk(runOf(row));
      if (request) await noteRequest(tx, request, id, this.clock.now());
      return this.#add(tx, row, { asked: wellFormed(asked) });
    });
  }

  async act(act: Act): Promise<void> {
    await this.#written('said', async (tx) => this.#saying.say(tx, act));
  }

  async actOnce(act: Act | undefined, request: StartRequest): Promise<boolean> {
    return this.#written('said', async (tx) => this.#saying.sayOnce(tx, act, request));
  }

  async #open(tx: Transaction<Tables>, asked: NewRun, now: Millis): Promise<Run> {
    const { run, isNew, events } = await openRun(tx, this.database, asked, now);
    if (isNew) await this.#outbox.write(tx, [...events, opened(run)], now);
    return run;
  }

  async #add(tx: Transaction<Tables>, row: RunRow, change: Change): Promise<Run> {
    const now = this.clock.now();
    const { before, run } = await addEntry(tx, row, change, now);
    await this.#outbox.tell(tx, before, run, now);
    return run;
  }

  async find(id: string): Promise<Run | undefined> {
    return guarded(async () => (await runsOf(this.db, [wellFormed(id)]))[0]);
  }

  async entries(id: string): Promise<readonly Entry[]> {
    return guarded(async () => (await entriesOf(this.db, id)).map(entryOf));
  }

  async list(filter: RunFilter): Promise<readonly Run[]> {
    return guarded(async () => (await listed(this.db, wellFormed(filter)).execute()).map(runOf));
  }

  async lastSettled(rotation: string): Promise<Run | undefined> {
    return guarded(async () => lastSettledOf(this.db, rotation));
  }

  async histories(rotations: readonly string[]): Promise<ReadonlyMap<string, History>> {
    return guarded(async () => historiesOf(this.database, rotations, this.clock.now()));
  }

  async known(rotations: readonly string[]): Promise<ReadonlyMap<string, Known>> {
    return guarded(async () => knownOf(this.database, rotations, this.clock.now(), this.#ended));
  }

  async newest(rotations: readonly string[]): Promise<ReadonlyMap<string, Newest>> {
    return guarded(async () => newestOf(this.db, rotations, this.#ended));
  }

  async landmarks(rotations: readonly string[]): Promise<ReadonlyMap<string, Landmarks>> {
    return guarded(async () => landmarksOf(this.db, rotations));
  }

  async runs(ids: readonly string[]): Promise<readonly Run[]> {
    return guarded(async () => this.#ended.withThese(ids));
  }

  async waiting(): Promise<number> {
    return guarded(async () => waitingRuns(this.db, this.database));
  }

  async active(): Promise<ReadonlySet<string>> {
    return guarded(async () => activeIn(this.db));
  }

  async startedSince(at: Millis): Promise<readonly string[]> {
    return guarded(async () => startedSince(this.db, at));
  }

  async waitForChange(id: string, seq: number, timeoutMs: number, signal: AbortSignal): Promise<void> {
    const hasChanged = async (): Promise<boolean> =>
      guarded(async () => (await lastEntryOf(this.db, wellFormed(id))) > seq);
    await this.#waits.forChange(id, hasChanged, timeoutMs, signal);
  }

  async nextSign(id: string, signal: AbortSignal): Promise<void> {
    await this.#waits.forSign(id, signal);
  }

  async waitForWork(signal: AbortSignal): Promise<void> {
    await this.#waits.forWork(signal);
  }

  async verify(): Promise<AuditReport> {
    return guarded(async () => verify(this.database));
  }

  exportAudit(part: AuditPart = {}): AsyncIterable<AuditLine> {
    return exported(this.db, part);
  }

  async check(): Promise<void> {
    await guarded(async () => this.#heartbeat.beat());
  }

  async backup(file: string): Promise<void> {
    await guarded(async () => backUp(this.database, file));
  }

  async close(): Promise<void> {
    await this.#filing?.stop();
    await this.database.signals.close();
    await this.db.destroy();
  }

  async #written<T>(topic: string, work: (tx: Transaction<Tables>) => Promise<T>): Promise<T> {
    return written(this.database, topic, work);
  }
}
