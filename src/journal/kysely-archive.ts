import { setImmediate } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Millis, Run } from '../rotation/run.js';
import type { Fingerprint } from '../rotation/secret.js';
import type { VersionId } from '../stores/store.js';
import type { Archive, Before, PastRun, Period, TokenRun } from './archive.js';
import { verify, verifying } from './audit.js';
import type { Database } from './database.js';
import { guarded } from './guarded.js';
import { runOf } from './forms.js';
import type { AuditProgress, AuditReport } from './journal.js';
import { runsOf } from './landmarks.js';
import type { RunRow } from './rows.js';

/** Read without a break; a few milliseconds of work. */
const PAGE = 100;

/** No rotation is named so: an empty list is no SQL. */
const NONE = [''];

/**
 * Only as keys of the body can these stand there: within any text the quotes would be escaped. An answered wish is
 * null.
 */
const STALLED = '%"stalled":{%';
const ASKED = '%"asked":{%';

export class KyselyArchive implements Archive {
  constructor(private readonly database: Pick<Database, 'db' | 'snapshot'>) {}

  private get db(): Database['db'] {
    return this.database.db;
  }

  async withToken(
    fingerprint: Fingerprint,
    limit: number,
    rotations?: readonly string[],
  ): Promise<readonly TokenRun[]> {
    return guarded(async () => {
      let query = this.db.selectFrom('token_version').selectAll().where('fingerprint', '=', fingerprint);
      if (rotations) query = query.where('rotation', 'in', rotations.length > 0 ? rotations : NONE);
      const rows = await query.orderBy('at').orderBy('run_id').limit(limit).execute();
      const runs = await runsOf(this.db, [...new Set(rows.map(({ run_id }) => run_id))]);
      const byId = new Map(runs.map((run) => [run.id, run]));
      return rows.flatMap(({ run_id, role, version, at }) => {
        const run = byId.get(run_id);
        const as = role === 'new' ? 'new' : 'previous';
        return run ? [{ run, as, version: version as VersionId, at }] : [];
      });
    });
  }

  async *startedIn({ from, to }: Period): AsyncGenerator<PastRun> {
    let last: Pick<RunRow, 'started_at' | 'id'> = { started_at: from, id: '' };
    for (;;) {
      const page = await guarded(async () => this.#page(last, to));
      yield* page;
      const end = page.at(-1);
      if (!end) return;
      last = { started_at: end.run.startedAt, id: end.run.id };
      // SQLite answers at once, so that nothing else would get its turn.
      await setImmediate();
    }
  }

  async before({ from, to }: Period): Promise<readonly Before[]> {
    const newest = (column: 'id' | 'settled_at', mode: string) =>
      sql<never>`(select ${sql.ref(column)} from run
        where run.rotation = rotation.name and settled_at is not null and settled_at < ${from} and mode like ${mode}
        order by settled_at desc limit 1)`;
    return guarded(async () => {
      const rows = await this.db
        .selectFrom('rotation')
        .where('first_seen_at', '<', to)
        .select(['name', 'first_seen_at'])
        .select([
          newest('id', '%').$castTo<string | null>().as('settled'),
          newest('settled_at', '%').$castTo<Millis | null>().as('settledAt'),
          newest('settled_at', 'rotate').$castTo<Millis | null>().as('rotatedAt'),
        ])
        .orderBy('name')
        .execute();
      const runs = await runsOf(
        this.db,
        rows.flatMap(({ settled }) => settled ?? []),
      );
      const byId = new Map(runs.map((run) => [run.id, run]));
      const allAcross = await this.#across({ from, to });
      return rows.map(({ name, first_seen_at: firstSeenAt, settled, settledAt, rotatedAt }) => {
        const run = byId.get(settled ?? '');
        const across = allAcross.get(name);
        return {
          rotation: name,
          firstSeenAt,
          ...(settledAt !== null && { settledAt }),
          ...(rotatedAt !== null && { rotatedAt }),
          ...(run && { run }),
          ...(across && { across }),
        };
      });
    });
  }

  async *verifying(period?: Period): AsyncGenerator<AuditProgress, AuditReport> {
    const pages = verifying(this.database, period);
    for (;;) {
      const { done, value } = await guarded(async () => pages.next());
      if (done === true) return value;
      yield value;
    }
  }

  async verify(period: Period): Promise<AuditReport> {
    return guarded(async () => verify(this.database, period));
  }

  /** By rotation. Its runs settle in the order in which they begin: it can only be the first one to settle. */
  async #across({ from, to }: Period): Promise<ReadonlyMap<string, Before['across']>> {
    const first = (column: 'id' | 'settled_at') =>
      sql<never>`(select ${sql.ref(column)} from run
        where run.rotation = rotation.name and settled_at is not null and settled_at >= ${from} and settled_at < ${to}
        order by settled_at limit 1)`;
    const rows = await this.db
      .selectFrom('rotation')
      .select([
        first('id').$castTo<string | null>().as('id'),
        first('settled_at').$castTo<Millis | null>().as('settledAt'),
      ])
      .execute();
    const settledAt = new Map(rows.map((row) => [row.id, row.settledAt]));
    const runs = await runsOf(
      this.db,
      rows.flatMap(({ id }) => id ?? []),
    );
    return new Map(
      runs.flatMap((run) => {
        const at = settledAt.get(run.id) ?? null;
        return at !== null && run.startedAt < from ? [[run.rotation, { run, settledAt: at }] as const] : [];
      }),
    );
  }

  async #page(after: Pick<RunRow, 'started_at' | 'id'>, to: Millis): Promise<PastRun[]> {
    const rows = await this.db
      .selectFrom('run')
      .selectAll()
      // The first condition says what the second does, in a way that an index can be searched by.
      .where('started_at', '>=', after.started_at)
      .where((eb) => eb.or([eb('started_at', '>', after.started_at), eb('id', '>', after.id)]))
      .where('started_at', '<', to)
      .orderBy('started_at')
      .orderBy('id')
      .limit(PAGE)
      .execute();
    const ids = rows.map(({ id }) => id);
    const [stalled, asked] = [await this.#whoseEntries(STALLED, ids), await this.#whoseEntries(ASKED, ids)];
    return rows.map((row) => {
      const run: Run = runOf(row);
      return {
        run,
        ...(row.settled_at !== null && { settledAt: row.settled_at }),
        hasStalled: stalled.has(row.id),
        wasAsked: asked.has(row.id),
      };
    });
  }

  async #whoseEntries(say: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
    if (ids.length === 0) return new Set();
    const entries = this.db.selectFrom('entry').select('run_id').distinct().where('run_id', 'in', ids);
    const rows = await entries.where('body', 'like', say).execute();
    return new Set(rows.map(({ run_id }) => run_id));
  }
}
